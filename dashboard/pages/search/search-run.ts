import type { Message, MessageList } from '../../../server/http/schemas/messages.ts';

/** What is looked for, and where: '' is everywhere. */
export interface SearchFor {
  readonly q: string;
  readonly queue: string;
  readonly state: string;
}

export interface SearchState {
  readonly phase: 'new' | 'searching' | 'found' | 'stopped' | 'over' | 'failed';
  readonly items: readonly Message[];
  /** Messages that were looked at. */
  readonly scanned: number;
  readonly problem: Error | undefined;
}

/** Asks for what follows a cursor. */
type Ask = (
  cursor: string | undefined,
  signal: AbortSignal,
) => Promise<Pick<MessageList, 'items' | 'next' | 'scanned'>>;

/** After so many it stops by itself; there may be very many more. */
const ENOUGH = 50;
/** A server that has too much to do is asked again after this. */
const REST_MS = 1000;

/**
 * A search that goes on, request after request, until it has found enough or looked at everything. It can be stopped, and
 * go on where it was.
 */
export class SearchRun {
  readonly #ask: Ask;
  readonly #onChange: (state: SearchState) => void;
  readonly #rest: (ms: number) => Promise<void>;
  #state: SearchState = { phase: 'new', items: [], scanned: 0, problem: undefined };
  #cursor: string | undefined;
  #request: AbortController | undefined;
  readonly #known = new Set<string>();

  constructor(ask: Ask, onChange: (state: SearchState) => void, rest = sleep) {
    this.#ask = ask;
    this.#onChange = onChange;
    this.#rest = rest;
  }

  get state(): SearchState {
    return this.#state;
  }

  stop(): void {
    if (this.#state.phase !== 'searching') return;
    this.#request?.abort();
    this.#tell({ phase: 'stopped' });
  }

  /** Begins, or goes on until there are as many more. */
  async goOn(): Promise<void> {
    const { phase, items } = this.#state;
    if (phase === 'searching' || phase === 'over') return;
    const request = new AbortController();
    const { signal } = request;
    this.#request = request;
    this.#tell({ phase: 'searching', problem: undefined });
    const enough = items.length + ENOUGH;
    while (!signal.aborted) {
      const page = await this.#page(signal);
      if (page === undefined || signal.aborted) return;
      this.#cursor = page.next ?? undefined;
      this.#take(page);
      const isOver = page.next === null;
      if (!isOver && this.#state.items.length < enough) continue;
      this.#tell({ phase: isOver ? 'over' : 'found' });
      return;
    }
  }

  /** Undefined where it has failed, or was stopped. */
  async #page(signal: AbortSignal): Promise<Awaited<ReturnType<Ask>> | undefined> {
    for (;;) {
      try {
        return await this.#ask(this.#cursor, signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        if (!isBusy(error)) {
          this.#tell({ phase: 'failed', problem: error as Error });
          return undefined;
        }
        await this.#rest(REST_MS);
        if (signal.aborted) return undefined;
      }
    }
  }

  /** A message that was found by its id may be found by its text once more, when it has changed meanwhile. */
  #take({
    items,
    scanned = 0,
  }: {
    readonly items: readonly Message[];
    readonly scanned?: number | undefined;
  }): void {
    const fresh = items.filter(({ ref }) => !this.#known.has(ref));
    for (const { ref } of fresh) this.#known.add(ref);
    this.#tell({ items: [...this.#state.items, ...fresh], scanned: this.#state.scanned + scanned });
  }

  #tell(change: Partial<SearchState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onChange(this.#state);
  }
}

function isBusy(error: unknown): boolean {
  return (error as { code?: string }).code === 'busy';
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Whether a message is what was asked for by name, not only something that has the text in it. */
export function isExact({ ref, id }: Pick<Message, 'ref' | 'id'>, q: string): boolean {
  return ref === q || id === q;
}
