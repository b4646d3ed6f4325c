import { useLocation } from 'preact-iso';
import type { Queue } from '../../../server/http/schemas/queues.ts';
import { base, href } from '../../api/base.ts';
import { pathOf } from '../../api/client.ts';
import { visibleString } from '../../format/visible-text.ts';
import { t } from '../../language/language.ts';
import { usePolled } from '../../live/use-polled.ts';
import type { Command, Section } from './command.ts';
import {
  commandsHere,
  noteOf,
  pageCommands,
  queueCommand,
  queueVerb,
  settingCommands,
  type Verb,
  verbCommands,
} from './commands.ts';
import { bestOf } from './match.ts';
import type { Recent } from './recent.ts';
import { recentCommands } from './recent-store.ts';
import { useFoundQueues } from './use-found-queues.ts';

const PERIOD_MS = 5000;

interface Sections {
  readonly sections: readonly Section[];
  readonly isSearching: boolean;
}

/** What the palette offers for what was typed. With a verb the queues that it is for. */
export function useSections(typed: string, verb: Verb | undefined, choose: (verb: Verb) => void): Sections {
  const { route, path } = useLocation();
  const { queues, isSearching } = useFoundQueues(typed, verb);
  const here = useQueueHere(path);
  const words = t().palette;
  const go = (address: string) => route(address);
  if (verb !== undefined) {
    const commands = queues.map((queue) => queueVerb(verb, queue, '', noteOf(queue)));
    return { sections: sectionsOf([['queues', commands]]), isSearching };
  }
  const pages = pageCommands(go);
  const actions = [...verbCommands(choose), ...settingCommands()];
  const onThis = here === undefined ? [] : commandsHere(here);
  if (typed.trim() === '') {
    const recent = recentCommands().flatMap((each) => revived(each, [...pages, ...actions], go) ?? []);
    return {
      sections: sectionsOf([
        ['here', onThis],
        ['recent', recent],
        ['pages', pages],
        ['actions', actions],
      ]),
      isSearching: false,
    };
  }
  const search: Command = {
    id: 'search',
    icon: 'search',
    title: words.searchFor,
    name: typed.trim(),
    run: () => go(href('/search', { q: typed.trim() })),
  };
  return {
    sections: sectionsOf([
      ['here', bestOf(typed, onThis, textOf)],
      ['pages', bestOf(typed, pages, textOf)],
      ['queues', queues.map((queue) => queueCommand(queue, go, noteOf(queue)))],
      ['actions', [...bestOf(typed, actions, textOf), search]],
    ]),
    isSearching,
  };
}

function sectionsOf(
  all: readonly (readonly [keyof ReturnType<typeof t>['palette']['sections'], readonly Command[]])[],
): readonly Section[] {
  const titles = t().palette.sections;
  return all
    .filter(([, commands]) => commands.length > 0)
    .map(([key, commands]) => ({ key, title: titles[key], commands }));
}

function textOf({ title, name, also }: Command): string {
  return [title, name === undefined ? '' : visibleString(name), also ?? ''].join(' ');
}

/** What was chosen lately, if there still is such a thing. A queue may be gone: its page says so. */
function revived(
  { id, name }: Recent,
  known: readonly Command[],
  go: (address: string) => void,
): Command | undefined {
  if (id.startsWith('queue:') && name !== undefined)
    return queueCommand({ key: id.slice('queue:'.length), name }, go);
  return known.find((command) => command.id === id);
}

/** The queue whose page is open. */
function useQueueHere(path: string): Queue | undefined {
  const [, key] = /^\/queues\/([^/]+)$/.exec(path.slice(base.length)) ?? [];
  const { data } = usePolled<Queue>(
    key === undefined ? undefined : pathOf('/queues/{q}', { q: key }),
    PERIOD_MS,
  );
  return data;
}
