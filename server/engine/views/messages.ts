import type {
  ListRequest,
  MessageDetail,
  MessagePage,
  MessageRef,
  MessageRow,
  MessageViews,
  Preview,
  QueueName,
  SearchRequest,
} from '../api.ts';
import type { Foundation } from '../foundation.ts';
import type { Jobs } from '../operations/jobs.ts';
import { Inspection } from './inspection.ts';
import { Listing } from './listing.ts';
import { refTo, rowOf, slotOf, slotOfJob } from './message-row.ts';
import { Search } from './search.ts';
import { listWithText } from './text-list.ts';

/** Looks at messages: lists them, opens one, searches. */
export class Messages implements MessageViews {
  readonly #base: Foundation;
  readonly listing: Listing;
  readonly #inspection: Inspection;
  readonly #search: Search;

  constructor(base: Foundation, jobs: Jobs) {
    this.#base = base;
    this.listing = new Listing(base);
    this.#inspection = new Inspection(base, jobs);
    this.#search = new Search(base);
  }

  async list(request: ListRequest): Promise<MessagePage> {
    if (request.text !== undefined && request.text !== '')
      return listWithText(this.#base, this.listing, request, request.text);
    const { rows, next, scanned } = await this.listing.page(request, request.cursor, request.limit);
    return { rows, next, scanned };
  }

  inspect(ref: MessageRef): Promise<MessageDetail | undefined> {
    return this.#inspection.inspect(ref);
  }

  preview(refs: readonly MessageRef[], bytes: number): Promise<readonly (Preview | undefined)[]> {
    return this.#inspection.preview(refs, bytes);
  }

  search(request: SearchRequest): Promise<MessagePage> {
    return this.#search.search(request);
  }

  refOf(queue: QueueName, jobId: string): MessageRef | undefined {
    const slot = slotOfJob(this.#base, queue, jobId);
    return slot === undefined ? undefined : refTo(this.#base, slot);
  }

  row(ref: MessageRef): MessageRow | undefined {
    const slot = slotOf(this.#base, ref);
    return slot === undefined ? undefined : rowOf(this.#base, slot);
  }

  async running(cursor: string | undefined, limit: number, queue?: QueueName): Promise<MessagePage> {
    const { state } = this.#base;
    const named = queue === undefined ? undefined : state.queues.get(queue);
    if (queue !== undefined && named === undefined) return { rows: [], next: undefined, scanned: 0 };
    const { rows, next, scanned } = await this.listing.running(named, cursor, limit);
    return { rows, next, scanned };
  }
}
