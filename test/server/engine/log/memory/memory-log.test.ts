import { MemoryLog } from '../../../../../server/engine/log/memory/memory-log.ts';
import { turn } from '../../../../../server/engine/turn.ts';
import { describeLog, SEGMENT } from '../contract.ts';

describeLog('the log in memory', () => ({
  open: async () => MemoryLog.open({ segmentSize: SEGMENT }),
  settle: turn,
}));
