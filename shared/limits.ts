// What the server, the consumer and the producer have to agree on.

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 22201;

/** Bytes of a key: the queue's name with its options. */
export const MAX_KEY_BYTES = 250;

/** Bytes that the server keeps of why a job failed. */
export const MAX_ERROR_BYTES = 4096;

/** The longest time of a timer, in seconds: Node's end at 2^31 milliseconds. */
export const MAX_TIMER_S = 2_000_000;

/** Bytes of the path of a unix socket; the system would cut what is longer. */
export const MAX_SOCKET_PATH = 107;
