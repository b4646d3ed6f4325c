/** sysexits.h */
export const EX_USAGE = 64;
export const EX_SOFTWARE = 70;
/** Something could not be read. */
export const EX_IOERR = 74;
