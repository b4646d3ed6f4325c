import { once } from 'node:events';
import { TextClient } from '../text-client.ts';
import { Play, type Scene } from './scene.ts';

/** Messages that leave in one packet. */
const AT_ONCE = 2000;

/** One queue, `events`, with so many messages. */
export function deep(count: number): Scene {
  return {
    args: ['--memory'],
    play: async ({ port }) => {
      const client = await TextClient.connect(port);
      for (let n = 0; n < count; ) {
        let text = '';
        for (const end = Math.min(n + AT_ONCE, count); n < end; n++) {
          const body = `track('page-view', ${n})`;
          text += `set events 0 0 ${body.length} noreply\r\n${body}\r\n`;
        }
        if (!client.socket.write(text, 'latin1')) await once(client.socket, 'drain');
      }
      await client.exchange('');
      return new Play({
        tick: async () => {
          await client.set('events', "track('click', 0)");
        },
        stop: () => client.close(),
      });
    },
  };
}
