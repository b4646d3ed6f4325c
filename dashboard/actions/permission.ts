import { serverInfo } from '../api/server-info.ts';
import { t } from '../language/language.ts';

const RANKS = ['viewer', 'operator', 'admin'];

/** Why the user may not do what takes this role; undefined where he may. */
export function refusal(role: 'operator' | 'admin'): string | undefined {
  const info = serverInfo.value;
  const words = t().common;
  if (info === undefined) return words.loading;
  if (info.readonly) return words.readOnly;
  return RANKS.indexOf(info.role) < RANKS.indexOf(role) ? words.notAllowed(role) : undefined;
}
