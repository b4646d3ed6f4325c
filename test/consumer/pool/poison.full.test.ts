import { testPoison } from '../../helpers/poison-table.ts';

testPoison('exit', ['throw', 'loop']);
