/** A queue's key, as the server makes it of a name that is text: the name where a path can have it, else `~` and base64url. */
export function queueKey(name: string): string {
  return keyOfBytes(String.fromCharCode(...new TextEncoder().encode(name)));
}

/** The name that a key stands for; what is no key as it is. */
export function queueNameOf(key: string): string {
  if (!key.startsWith('~')) return key;
  const bytes = bytesOf(key.slice(1));
  if (bytes === undefined) return key;
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}

/** The key of what stands in an address, which may be a name, or a key that the server would write otherwise. */
export function queueKeyIn(address: string): string {
  const [, coded] = /^~([\w-]+)$/.exec(address) ?? [];
  if (coded === undefined) return queueKey(address);
  const bytes = bytesOf(coded);
  // What is no whole number of bytes is no key: the server says that there is no such queue.
  return bytes === undefined ? queueKey(address) : keyOfBytes(bytes);
}

function keyOfBytes(bytes: string): string {
  if (/^[\w.:@-]+$/.test(bytes) && bytes !== '.' && bytes !== '..') return bytes;
  return `~${btoa(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')}`;
}

/** The bytes of base64url, each as a character; undefined where it is none. */
function bytesOf(coded: string): string | undefined {
  try {
    return atob(coded.replace(/-/g, '+').replace(/_/g, '/'));
  } catch {
    return undefined;
  }
}
