import { readsOf } from './ask.ts';
import { streamsOf } from './connect.ts';
import type { Channel, Clock, Environment, RequestLock } from './environment.ts';

/** What all tabs of one server have in common. */
export function browserEnvironment(base: string): Environment {
  const api = `${base}/api/v1`;
  const name = `memq-live${base}`;
  return {
    clock,
    random: Math.random,
    ask: readsOf(api),
    connect: streamsOf(api),
    openChannel: typeof BroadcastChannel === 'function' ? (hear) => openChannel(name, hear) : undefined,
    // Only pages that came by https, or from this machine, have locks.
    requestLock: navigator.locks === undefined ? undefined : locksOf(name),
  };
}

/** Not that of any other tab. Without https there is no crypto.randomUUID. */
export function newTabId(): string {
  return [...crypto.getRandomValues(new Uint32Array(2))]
    .map((part) => part.toString(16).padStart(8, '0'))
    .join('');
}

const clock: Clock = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

function openChannel(name: string, hear: (message: unknown) => void): Channel {
  const channel = new BroadcastChannel(name);
  let isOpen = true;
  channel.onmessage = ({ data }) => {
    if (isOpen) hear(data);
  };
  return {
    post: (message) => channel.postMessage(message),
    close: () => {
      isOpen = false;
      channel.close();
    },
  };
}

function locksOf(name: string): RequestLock {
  return (onGranted) => {
    const waiting = new AbortController();
    let isOver = false;
    let giveBack = (): void => {};
    const hold = (): Promise<void> | undefined => {
      if (isOver) return;
      onGranted();
      return new Promise((resolve) => {
        giveBack = resolve;
      });
    };
    // It rejects when nobody waits for it any more.
    navigator.locks.request(name, { signal: waiting.signal }, hold).catch(() => {});
    return () => {
      isOver = true;
      waiting.abort();
      giveBack();
    };
  };
}
