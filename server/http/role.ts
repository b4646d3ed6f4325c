/**
 * What a user may do, each more than the one before it: read the metrics; read all but settings; act on messages, queues and
 * workers; discard whole queues and look at the server itself.
 */
export const ROLES = ['metrics', 'viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

/** Whether a role may do what another one may. */
export function includes(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(other);
}
