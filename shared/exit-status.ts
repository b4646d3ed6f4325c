// What the command lines end with besides 0, by the names of sysexits.h.

/** Wrong flags. */
export const EX_USAGE = 64;
/** Input that was refused. */
export const EX_DATAERR = 65;
/** A server that cannot be reached. */
export const EX_UNAVAILABLE = 69;
/** An internal error. */
export const EX_SOFTWARE = 70;
/** What is to be made exists, or is in the wrong state for it. */
export const EX_CANTCREAT = 73;
/** The disk, or damage to what is on it. */
export const EX_IOERR = 74;
/** Something that passes: a lock that is held, a server that is full or stopping. */
export const EX_TEMPFAIL = 75;
/** A login or a class that is refused. */
export const EX_NOPERM = 77;
/** A configuration that cannot be used. */
export const EX_CONFIG = 78;
