import { keepsPromises } from './share.ts';

keepsPromises(6);
