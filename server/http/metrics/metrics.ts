import { queueGlob } from '../../config/queue-glob.ts';
import type { QueueEngine, QueueName } from '../../engine/api.ts';
import type { HttpContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { type Chosen, ChosenQueues, type Walk } from './chosen-queues.ts';
import { EventLoopLag } from './event-loop-lag.ts';
import type { Family } from './exposition.ts';
import { type Flows, flowsOf, noFlows, RestFlows } from './flows.ts';
import { queueLabels } from './queue-label.ts';
import { QueueMetrics } from './queue-metrics.ts';
import { processFamilies, serverFamilies } from './server-families.ts';
import { Slice } from './slice.ts';

/** How long a text is good for whoever asks, milliseconds. */
const GOOD_FOR_MS = 1000;
/** Queues that are looked at in one go, and most that a glob may match. */
const PAGE = 50;
const MOST_MATCHES = 1000;

/** All that the server has in figures, in Prometheus' text. */
export class Metrics {
  readonly #context: HttpContext;
  readonly #engine: QueueEngine;
  readonly #chosen: ChosenQueues;
  readonly #rest = new RestFlows();
  readonly #lag = new EventLoopLag();
  #isFirst = true;
  /** Under way, or good still. */
  #text: Promise<string> | undefined;
  /** The last one by a glob: one at a time. */
  #lastMatching: Promise<unknown> = Promise.resolve();

  constructor(context: HttpContext) {
    this.#context = context;
    this.#engine = context.engine;
    this.#chosen = new ChosenQueues(context.engine, context.metricsQueues);
  }

  /** Of the whole server, and of the queues that have series of their own. */
  text(): Promise<string> {
    if (this.#text !== undefined) return this.#text;
    const forget = () => {
      this.#text = undefined;
    };
    this.#text = this.#collect();
    this.#text.then(() => setTimeout(forget, GOOD_FOR_MS).unref(), forget);
    return this.#text;
  }

  /** Of the queues that match, whether they have series or not. Throws a Problem. */
  matching(glob: string): Promise<string> {
    const matches = matcherOf(glob);
    const text = this.#lastMatching.then(() => this.#matching(matches));
    this.#lastMatching = text.catch(() => {});
    return text;
  }

  async #collect(): Promise<string> {
    const slice = new Slice();
    const { figures } = this.#engine;
    const queues = new QueueMetrics();
    // Before any queue is looked at: what happens to one in between is then missing in the rest, not told twice.
    const all = flowsOf(figures.totals, figures.latencies);
    const risen = noFlows();
    // The rest has told nothing yet of those that are chosen at the first time.
    const walk = await this.#chosen.walk(slice, (flows) => {
      if (this.#isFirst) addTo(risen, flows);
    });
    this.#isFirst = false;
    for (const chosen of this.#chosen.all) {
      this.#add(chosen, queues, risen);
      await slice.pause();
    }
    this.#rest.update(all, risen);
    queues.addRest(walk.rest, this.#rest.values);
    return this.#whole(walk, queues);
  }

  #add({ name, flows, labels }: Chosen, queues: QueueMetrics, risen: Flows): void {
    const { figures } = this.#engine;
    const stats = figures.queue(name);
    const counts = figures.counts(name);
    if (stats === undefined || counts === undefined) return;
    flows.update(flowsOf(counts, figures.latency(name)), risen);
    queues.add(stats, flows.values, labels);
  }

  #whole(walk: Walk, queues: QueueMetrics): string {
    return textOf([
      ...serverFamilies(this.#context, walk),
      ...queues.families,
      ...processFamilies(this.#context.startedAt, this.#lag.take()),
    ]);
  }

  async #matching(matches: (name: QueueName) => boolean): Promise<string> {
    const slice = new Slice();
    const { figures } = this.#engine;
    const queues = new QueueMetrics();
    let found = 0;
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const page = this.#engine.page(cursor, PAGE);
      for (const { name } of page.queues) {
        await slice.pause();
        if (!matches(name)) continue;
        const stats = figures.queue(name);
        const counts = figures.counts(name);
        if (stats === undefined || counts === undefined) continue;
        if (++found > MOST_MATCHES)
          throw new Problem(422, 'too-many', `more than ${MOST_MATCHES} queues match: ask for fewer`);
        queues.add(stats, flowsOf(counts, figures.latency(name)), queueLabels(name));
      }
      cursor = page.next;
    }
    return textOf(queues.families);
  }
}

function matcherOf(glob: string): (name: QueueName) => boolean {
  try {
    return queueGlob(glob);
  } catch (error) {
    throw new Problem(400, 'invalid', (error as Error).message, {
      errors: [{ pointer: 'queue', detail: (error as Error).message }],
    });
  }
}

function addTo(sum: Flows, flows: Flows): void {
  for (const [i, value] of flows.entries()) sum[i] = (sum[i] as number) + value;
}

function textOf(families: readonly Family[]): string {
  return families.join('');
}
