import { createServer, Socket, type SocketConstructorOpts } from 'node:net';
import { KnownAnswers } from './known-answers.ts';

// The limit of a server on Node: it reads and writes sockets as memq does and gives the same answers, but looks at
// nothing: it only counts bytes. Arguments: port, queue, body.
const [port, queue, body] = process.argv.slice(2);
/** All connections read into this buffer, which spares each of them one: see server/net/shared-read.ts. */
const shared = Buffer.allocUnsafeSlow(64 * 1024);
const answers = new KnownAnswers(queue, body, shared.length);

createServer({ noDelay: true }, (accepted) => {
  const { _handle: handle } = accepted as unknown as { _handle: object | null };
  // The client was gone before it was accepted.
  if (handle === null) return;
  (accepted as unknown as { _handle: null })._handle = null;
  accepted.destroy();
  let received = 0;
  const onread = {
    buffer: shared,
    callback: (length: number) => {
      const answer = answers.to(received, length);
      received = (received + length) % answers.period;
      if (answer.length > 0) socket.write(answer);
      return true;
    },
  };
  const socket = new Socket({ handle, onread } as SocketConstructorOpts);
  socket.on('error', () => socket.destroy());
  socket.resume();
}).listen(Number(port), '127.0.0.1');
