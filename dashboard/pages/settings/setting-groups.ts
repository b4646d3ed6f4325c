/** A setting as the server has it: `item_size_max`, `queue:mail:rate`, `schedule:nightly`. */
interface Setting {
  readonly name: string;
  readonly value: string;
}

export interface QueueRule {
  /** A queue, or a pattern of queues. */
  readonly queue: string;
  readonly name: string;
  readonly value: string;
}

export interface SettingGroups {
  readonly server: readonly Setting[];
  readonly rules: readonly QueueRule[];
  readonly schedule: readonly Setting[];
}

const QUEUE = 'queue:';
const SCHEDULE = 'schedule:';

/** The settings of the server, those of queues, and the lines of the schedule. */
export function settingGroups(settings: readonly Setting[]): SettingGroups {
  const server: Setting[] = [];
  const rules: QueueRule[] = [];
  const schedule: Setting[] = [];
  for (const { name, value } of settings) {
    if (name.startsWith(QUEUE)) rules.push(ruleOf(name.slice(QUEUE.length), value));
    else if (name.startsWith(SCHEDULE)) schedule.push({ name: name.slice(SCHEDULE.length), value });
    else server.push({ name, value });
  }
  return { server, rules, schedule };
}

/** Queues have colons in their names, rules have none. */
function ruleOf(text: string, value: string): QueueRule {
  const colon = text.lastIndexOf(':');
  return { queue: text.slice(0, colon), name: text.slice(colon + 1), value };
}
