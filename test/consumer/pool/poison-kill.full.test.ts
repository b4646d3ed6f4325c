import { testPoison } from '../../helpers/poison-table.ts';

testPoison('kill', ['memory']);
