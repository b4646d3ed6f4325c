import { randomBytes } from 'node:crypto';

const ID = /^([0-9a-z]{8,9})-[0-9a-f]{16}$/;

/** An id for an action, which tells when the server was started that began it. */
export function newActionId(serverStart: number): string {
  return actionId(serverStart, randomBytes(8).toString('hex'));
}

/** The same with the engine's own id: 16 hexadecimal digits. */
export function actionId(serverStart: number, id: string): string {
  return `${serverStart.toString(36)}-${id}`;
}

/** When the server was started that began an action, milliseconds since the epoch; undefined for what is no id of one. */
export function serverStartOf(id: string): number | undefined {
  const [, start] = ID.exec(id) ?? [];
  return start === undefined ? undefined : Number.parseInt(start, 36);
}
