import { createRoute, z } from '@hono/zod-openapi';
import { type Action as EngineAction, refText } from '../../engine/api.ts';
import { actionId, serverStartOf } from '../action-id.ts';
import type { HttpContext } from '../context.ts';
import { byKey, linkNext, pageOf } from '../page.ts';
import { NOT_MODIFIED } from '../polling.ts';
import { Problem } from '../problem.ts';
import type { QueueAction } from '../queue-actions.ts';
import { checkedName } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';
import { Accepted, Action, ActionDone, ActionList, ActionRequest, DryRun } from '../schemas/actions.ts';
import { Cursor, Limit } from '../schemas/common.ts';
import { selectionOf } from '../selection.ts';
import { isoTime } from '../times.ts';

/** Up to so many handles are through before the answer. */
const AT_ONCE = 100;

/** The same to many messages: begun, looked at, aborted. */
export function actionRoutes(app: App, context: HttpContext): void {
  const { engine, queueActions, startedAt, basePath } = context;
  const { actions } = engine;

  app.openapi(BEGIN, async (request) => {
    const asked = request.req.valid('json');
    const { verb, delay = 0, spread = 0, to, expect, dry_run } = asked;
    if (to === undefined && verb === 'move') throw misplaced('/to', 'a move needs the queue that it goes to');
    if (to !== undefined && verb !== 'move') throw misplaced('/to', `${verb} does not go to another queue`);
    if (delay > 0 && verb !== 'retry') throw misplaced('/delay', `only a retry can be put off`);
    if (spread > 0 && verb !== 'retry') throw misplaced('/spread', `only a retry can be spread`);
    const select = selectionOf(asked, engine);
    const target = to === undefined ? {} : { to: checkedName(to, '/to', engine) };
    if (expect !== undefined || dry_run) {
      const total = await actions.count(select);
      // Who asks how many there are wants to know what they really are.
      if (dry_run) return request.json({ total, dry_run: true as const }, 200);
      checkExpected(total, expect as number);
    }
    const action = await actions.begin({
      verb,
      select,
      delayMs: delay * 1000,
      spreadMs: spread * 1000,
      ...target,
    });
    if ('refs' in select && select.refs.length <= AT_ONCE && action.state === 'done') {
      const skipped = action.skipped.map(({ ref, why }) => ({ ref: refText(ref), why }));
      return request.json({ done: action.done, skipped }, 200);
    }
    const id = actionId(startedAt, action.id);
    return request.json({ id, total: action.total, url: `${basePath}/api/v1/actions/${id}` }, 202);
  });

  app.openapi(LIST, (request) => {
    const sorted = byKey(
      [...ofMessages(), ...queueActions.all().map((each) => answerOf(each, each.id))],
      newestFirst,
    );
    const { items, next } = pageOf(sorted, newestFirst, request.req.valid('query'));
    linkNext(request, next);
    return request.json({ items, next }, 200);
  });

  app.openapi(ONE, (request) => {
    const { id } = request.req.valid('param');
    const action = find(id) ?? interrupted(id, startedAt);
    if (action === undefined) throw unknown(id);
    return request.json(action, 200);
  });

  app.openapi(ABORT, (request) => {
    const { id } = request.req.valid('param');
    const isAborted = actions.abort(ownId(id));
    if (isAborted) return request.body(null, 204);
    if (find(id) === undefined) throw unknown(id);
    const detail = queueActions.get(id)?.state === 'running' ? 'it cannot be aborted' : 'it is over';
    throw new Problem(409, 'over', detail);
  });

  function find(id: string): Action | undefined {
    const queueAction = queueActions.get(id);
    if (queueAction !== undefined) return answerOf(queueAction, id);
    const action = actions.get(ownId(id));
    return action && answerOf(action, id);
  }

  function ofMessages(): Action[] {
    return actions.all().map((action) => answerOf(action, actionId(startedAt, action.id)));
  }

  /** The engine's id of an action that this server has begun; '' for all else. */
  function ownId(id: string): string {
    return serverStartOf(id) === startedAt ? id.slice(id.indexOf('-') + 1) : '';
  }
}

/** Throws a Problem where there are a tenth more or less than the client believes. */
function checkExpected(total: number, expect: number): void {
  if (Math.abs(total - expect) <= expect / 10) return;
  throw new Problem(409, 'changed', `there are ${total} messages, not about ${expect}`);
}

function misplaced(pointer: string, detail: string): Problem {
  return new Problem(422, 'invalid', detail, { errors: [{ pointer, detail }] });
}

function unknown(id: string): Problem {
  return new Problem(404, 'not-found', `there is no action ${JSON.stringify(id)}, or it was long ago`);
}

/** One that a server before this one has begun; undefined where that cannot be. */
function interrupted(id: string, serverStart: number): Action | undefined {
  const start = serverStartOf(id);
  if (start === undefined || start >= serverStart) return undefined;
  return {
    id,
    verb: null,
    state: 'interrupted',
    total: 0,
    done: 0,
    skipped: 0,
    started_at: null,
    ended_at: null,
    error: 'the server was started anew since: how far it had come is not known',
  };
}

function answerOf(action: EngineAction | QueueAction, id: string): Action {
  const { verb, state, total, done, skippedCount, startedAt, endedAt, error } = action;
  return {
    id,
    verb,
    state,
    total,
    done,
    skipped: skippedCount,
    started_at: isoTime(startedAt),
    ended_at: isoTime(endedAt),
    error: error === '' ? null : error,
  };
}

function newestFirst({ started_at, id }: Action): [number, string] {
  return [-Date.parse(started_at ?? ''), id];
}

const Id = z.object({ id: z.string() });

const BEGIN = createRoute({
  method: 'post',
  path: '/actions',
  summary: 'The same to many messages: those that are named, or those that a filter selects',
  request: { body: { content: { 'application/json': { schema: ActionRequest } }, required: true } },
  responses: {
    200: answers(
      z.union([ActionDone, DryRun]),
      `Up to ${AT_ONCE} handles: it is over; or how many it would be about`,
    ),
    202: answers(Accepted, 'It is under way'),
    default: PROBLEM,
  },
});

const LIST = createRoute({
  method: 'get',
  path: '/actions',
  summary: 'Actions, also those that have ended within an hour, the newest first',
  request: { query: z.object({ limit: Limit, cursor: Cursor }) },
  responses: { 200: answers(ActionList, 'A page of them'), 304: NOT_MODIFIED, default: PROBLEM },
});

const ONE = createRoute({
  method: 'get',
  path: '/actions/{id}',
  summary: 'How far an action is',
  request: { params: Id },
  responses: { 200: answers(Action, 'The action'), default: PROBLEM },
});

const ABORT = createRoute({
  method: 'delete',
  path: '/actions/{id}',
  summary: 'The action stops here; what it has done stays done',
  request: { params: Id },
  responses: { 204: { description: 'It has stopped' }, default: PROBLEM },
});
