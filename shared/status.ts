/** Statuses of memcached's binary protocol, as the server uses them. */
export const Status = {
  ok: 0x00,
  miss: 0x01,
  exists: 0x02,
  tooLarge: 0x03,
  clientError: 0x04,
  notStored: 0x05,
  full: 0x82,
  disk: 0x84,
  busy: 0x85,
  stopping: 0x86,
} as const;
