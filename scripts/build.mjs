import { build, isBuilt } from './dist.mjs';

if (!isBuilt()) await build();
