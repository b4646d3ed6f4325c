/** Asks the API for what a path answers. */
export type Ask = (path: string) => Response | Promise<Response>;

const encoder = new TextEncoder();

/** Who is told when a topic has another event. */
export interface Follower {
  send(topic: Topic): void;
}

/** Something that at least one stream follows. */
export class Topic {
  readonly name: string;
  readonly #path: string;
  readonly followers = new Set<Follower>();
  /** The last event, as all of them get it. */
  event: Uint8Array | undefined;
  #json = '';

  constructor(name: string, path: string) {
    this.name = name;
    this.#path = path;
  }

  /** Asks how it is now, and tells all who follow it where that is something else than before. */
  async refresh(ask: Ask): Promise<void> {
    const response = await ask(this.#path);
    // What fails for a moment leaves everybody with what they know.
    if (!response.ok && response.status !== 404) return;
    const json = response.ok ? await response.text() : 'null';
    if (json === this.#json) return;
    this.#json = json;
    // JSON has no line breaks but those that are escaped.
    this.event = encoder.encode(`event: ${this.name}\ndata: ${json}\n\n`);
    for (const follower of this.followers) follower.send(this);
  }
}
