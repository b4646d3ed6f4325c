import { TextReader } from '../../shared/payload/text-reader.ts';
import type { MessageDetail } from './schemas/messages.ts';

/** Bytes of a payload that is read: reading holds up others. */
const MOST_READ = 65_536;

const reader = new TextReader('utf-8', false);

/** The call that a payload is, as a worker without any settings would read it; null for one that is none. */
export function callOf(payload: Uint8Array): MessageDetail['call'] {
  if (payload.length > MOST_READ) return null;
  try {
    const { className, method, args } = reader.read(payload, 'auto');
    return { ...(className !== undefined && { class: className }), method, args: args.map(jsonValue) };
  } catch {
    return null;
  }
}

/** Why a worker without any settings could not read a payload, with the place; undefined where it could. */
export function whyNoCall(payload: Uint8Array): string | undefined {
  if (payload.length > MOST_READ) return `it is longer than the ${MOST_READ} bytes that are read here`;
  try {
    reader.read(payload, 'auto');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The same where JSON has it; else as text. */
function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, jsonValue(each)]));
}
