import type { Answer, ConnectionListener } from '../../../dashboard/live/environment.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** `silent`: what is between keeps streams back; `no-streams`: there are too many of them. */
export type Mode = 'ok' | 'down' | 'starting' | 'silent' | 'no-streams' | 'denied';

const REFUSALS: Partial<Record<Mode, number>> = { down: 0, starting: 503, 'no-streams': 503, denied: 401 };

interface Stream {
  readonly topics: readonly string[];
  readonly listener: ConnectionListener;
  readonly sent: Map<string, string>;
}

/** A server with topics, each of which is a number. */
export class SimulatedServer {
  readonly #time: SimulatedTime;
  readonly #random: () => number;
  readonly streams = new Set<Stream>();
  readonly #values = new Map<string, number>();
  readonly asked: string[] = [];
  /** How many streams there were. */
  opened = 0;
  mode: Mode = 'ok';

  constructor(time: SimulatedTime, random: () => number) {
    this.#time = time;
    this.#random = random;
    this.#tick();
  }

  /** JSON. */
  value(topic: string): string {
    return String(this.#values.get(topic) ?? 0);
  }

  change(topic: string, value: number): void {
    this.#values.set(topic, value);
  }

  setMode(mode: Mode): void {
    this.mode = mode;
    if (mode !== 'down' && mode !== 'starting') return;
    for (const { listener } of [...this.streams]) listener.onEnd(0);
    this.streams.clear();
  }

  /** Nothing comes from them any more, and nobody is told. */
  forgetStreams(): void {
    this.streams.clear();
  }

  connect(topics: readonly string[], listener: ConnectionListener): () => void {
    if (topics.length > 16) throw new Error('a stream has at most 16 topics');
    this.opened++;
    const stream: Stream = { topics, listener, sent: new Map() };
    const stopWaiting = this.#time.after(this.#latency, () => {
      const refusal = REFUSALS[this.mode];
      if (refusal !== undefined) return listener.onEnd(refusal);
      this.streams.add(stream);
      this.#send(stream);
    });
    return () => {
      stopWaiting();
      this.streams.delete(stream);
    };
  }

  async ask(path: string, etag: string | undefined): Promise<Answer> {
    this.asked.push(path);
    await new Promise<void>((resolve) => this.#time.after(this.#latency, resolve));
    if (this.mode === 'down') throw new Error('the server cannot be reached');
    if (this.mode === 'starting' || this.mode === 'denied')
      return { status: REFUSALS[this.mode] as number, etag: undefined, text: '{}' };
    const topic = topicOf(path);
    const text = this.value(topic);
    const now = `"${text}"`;
    await new Promise<void>((resolve) => this.#time.after(this.#latency, resolve));
    return etag === now ? { status: 304, etag: now, text: '' } : { status: 200, etag: now, text };
  }

  get #latency(): number {
    return 1 + this.#random() * 30;
  }

  #tick(): void {
    for (const stream of [...this.streams]) this.#send(stream);
    this.#time.after(1000, () => this.#tick());
  }

  #send({ topics, listener, sent }: Stream): void {
    if (this.mode === 'silent') return;
    listener.onSign();
    for (const topic of topics) {
      const value = this.value(topic);
      if (sent.get(topic) === value) continue;
      sent.set(topic, value);
      listener.onEvent(topic, value);
    }
  }
}

function topicOf(path: string): string {
  return path.startsWith('/queues/') ? `queue:${path.slice('/queues/'.length)}` : path.slice(1);
}
