import { describe } from 'vitest';
import { holdsAfter } from './holds-after.ts';

describe('after SIGTERM', () => holdsAfter('SIGTERM'));
