import type { Connect } from './environment.ts';
import { EventParser } from './event-parser.ts';

/**
 * Streams of a server. With fetch and not with EventSource: that one keeps from us with what status it was refused, gives up
 * for good on one, and hides the comments that tell a quiet stream from a dead one.
 */
export function streamsOf(api: string): Connect {
  return (topics, { onEvent, onSign, onEnd }) => {
    const ended = new AbortController();
    const { signal } = ended;
    const parser = new EventParser((name, data) => {
      if (!signal.aborted) onEvent(name, data);
    });
    const read = async (): Promise<number> => {
      const response = await fetch(`${api}/live?topics=${encodeURIComponent(topics.join())}`, {
        headers: { accept: 'text/event-stream' },
        signal,
      });
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
      if (!response.ok || !isStream || response.body === null) {
        await response.body?.cancel();
        return response.status;
      }
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        if (signal.aborted) break;
        onSign();
        parser.push(decoder.decode(next.value, { stream: true }));
      }
      return response.status;
    };
    read()
      .catch(() => 0)
      .then((status) => {
        if (!signal.aborted) onEnd(status);
      });
    return () => ended.abort();
  };
}
