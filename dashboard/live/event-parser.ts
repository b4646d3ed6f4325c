/** Reads a text/event-stream, in pieces as they come. Of its fields only those that the server sends. */
export class EventParser {
  readonly #onEvent: (name: string, data: string) => void;
  #rest = '';

  constructor(onEvent: (name: string, data: string) => void) {
    this.#onEvent = onEvent;
  }

  push(piece: string): void {
    const events = (this.#rest + piece).split('\n\n');
    this.#rest = events.pop() ?? '';
    for (const event of events) {
      const found = /^event: (.*)\ndata: (.*)$/.exec(event);
      if (found !== null) this.#onEvent(found[1] as string, found[2] as string);
    }
  }
}
