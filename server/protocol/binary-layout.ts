/** BinaryProtocolRevamped, "Packet Structure": what a packet begins with, and how long its header is, bytes. */
export const REQUEST_MAGIC = 0x80;
export const RESPONSE_MAGIC = 0x81;
export const HEADER_LENGTH = 24;
