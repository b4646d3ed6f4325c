/** Longest key in bytes (protocol.txt, "Keys"). */
export const MAX_KEY_LENGTH = 250;
