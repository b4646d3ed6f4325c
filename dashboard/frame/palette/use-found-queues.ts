import { useEffect, useState } from 'preact/hooks';
import type { Queue, QueueList } from '../../../server/http/schemas/queues.ts';
import { pathOf } from '../../api/client.ts';
import { usePolled } from '../../live/use-polled.ts';
import { globOf } from '../../pages/queues/queues-query.ts';
import type { Verb } from './commands.ts';

const MOST = 8;
const PERIOD_MS = 5000;
/** Who types on has not finished yet. */
const PAUSE_MS = 120;

const NONE: readonly Queue[] = [];

interface FoundQueues {
  readonly queues: readonly Queue[];
  readonly isSearching: boolean;
}

/** Queues whose names have what was typed, as the server finds them; for a verb those that it is for. */
export function useFoundQueues(typed: string, verb: Verb | undefined): FoundQueues {
  const text = usePaused(typed);
  const isWanted = verb !== undefined || text.trim() !== '';
  const path = isWanted ? pathOf('/queues', { query: queryOf(text, verb) }) : undefined;
  const { data, error, isLoading } = usePolled<QueueList>(path, PERIOD_MS);
  // In the first moment of a path nobody loads it yet.
  const [known, setKnown] = useState(path);
  useEffect(() => setKnown(path), [path]);
  const isBehind = isLoading || text !== typed || path !== known;
  if (!isWanted || error !== undefined || data === undefined) return { queues: NONE, isSearching: isBehind };
  return { queues: data.items.filter((queue) => isFor(queue, verb)), isSearching: isBehind };
}

function queryOf(text: string, verb: Verb | undefined) {
  return {
    q: text.trim() === '' ? undefined : globOf(text),
    limit: MOST,
    state: verb === 'resume' ? 'paused' : verb === 'retry' ? 'failing' : undefined,
    // Without a name those come first that are most likely meant.
    sort: text.trim() !== '' ? 'name' : verb === 'retry' ? 'failed' : 'ready',
  };
}

function isFor({ paused, failed }: Queue, verb: Verb | undefined): boolean {
  if (verb === 'pause') return !paused;
  if (verb === 'resume') return paused;
  return verb !== 'retry' || failed > 0;
}

function usePaused(typed: string): string {
  const [text, setText] = useState(typed);
  useEffect(() => {
    if (text === typed) return;
    const timer = setTimeout(() => setText(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, typed]);
  return text;
}
