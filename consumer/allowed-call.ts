import { NotAllowedError } from '../shared/errors.ts';
import { isSameClass } from './class-name.ts';
import type { Call } from './payload/payload.ts';

/** The names of the methods that jobs may call: a set, or a map by them. */
type Methods = Pick<ReadonlyMap<string, unknown>, 'has' | 'keys'>;

/**
 * Sees whether a job may make this call. `ours`: the class that runs here; undefined where none is configured.
 *
 * @throws NotAllowedError when it may not
 */
export function checkCall({ className, method }: Call, ours: string | undefined, methods: Methods): void {
  if (className !== undefined && (ours === undefined || !isSameClass(className, ours))) {
    const theirs = `the job is for class ${JSON.stringify(className)}`;
    throw new NotAllowedError(
      ours === undefined ? `${theirs}, and no classname is configured` : `${theirs}, not ${ours}`,
    );
  }
  if (methods.has(method)) return;
  const allowed = [...methods.keys()].join(', ');
  throw new NotAllowedError(`method ${JSON.stringify(method)} may not be called (allowed: ${allowed})`);
}
