import type { Queue } from '../../../server/http/schemas/queues.ts';
import { actOn } from '../../actions/act-on.ts';
import { refusal } from '../../actions/permission.ts';
import { setPaused } from '../../actions/set-paused.ts';
import { href, queueHref } from '../../api/base.ts';
import { exactCount } from '../../format/numbers.ts';
import { LANGUAGE_NAMES, LANGUAGES, language, locale, t } from '../../language/language.ts';
import { THEMES, TIME_ZONES, theme, timeZone } from '../../preferences/preferences.ts';
import { DESTINATIONS } from '../destinations.ts';
import { openShortcuts } from '../keyboard/shortcut-help.ts';
import type { Command } from './command.ts';

/** What can be done with a queue from here. */
export type Verb = 'pause' | 'resume' | 'retry';
export const VERBS: readonly Verb[] = ['pause', 'resume', 'retry'];

const VERB_ICONS = { pause: 'pause', resume: 'play', retry: 'retry' } as const;

type Named = Pick<Queue, 'key' | 'name'>;
type Go = (address: string) => void;

export function pageCommands(go: Go): Command[] {
  const { titles } = t().frame;
  return DESTINATIONS.map(({ path, icon, name, letter }) => ({
    id: `page:${path}`,
    icon,
    title: titles[name],
    also: path === '/' ? 'overview' : path.slice(1),
    ...(letter !== undefined && { keys: ['g', letter] }),
    run: () => go(href(path)),
  }));
}

export function queueCommand({ key, name }: Named, go: Go, note?: string): Command {
  return {
    id: `queue:${key}`,
    icon: 'layers',
    title: '',
    name,
    ...(note !== undefined && { note }),
    run: () => go(queueHref(key)),
  };
}

/** What a queue has, in few words. */
export function noteOf({ paused, ready, failed }: Queue): string {
  const words = t().palette;
  const count = (n: number) => exactCount(n, locale.value);
  return [
    ...(paused ? [words.paused] : []),
    ...(ready > 0 ? [words.waiting(count(ready))] : []),
    ...(failed > 0 ? [words.failed(count(failed))] : []),
  ].join(' · ');
}

/** What is done with a queue that has to be chosen first. */
export function verbCommands(choose: (verb: Verb) => void): Command[] {
  const words = t().palette;
  return VERBS.map((verb) => ({
    id: `verb:${verb}`,
    icon: VERB_ICONS[verb],
    title: `${words.verbs[verb]}…`,
    also: verb,
    refused: refusal('operator'),
    goesOn: true,
    run: () => choose(verb),
  }));
}

/** The same with one queue. */
export function queueVerb(verb: Verb, queue: Named, title: string, note?: string): Command {
  return {
    id: `${verb}:${queue.key}`,
    icon: VERB_ICONS[verb],
    title,
    name: queue.name,
    also: verb,
    ...(note !== undefined && { note }),
    refused: refusal('operator'),
    run: () => {
      if (verb === 'retry')
        void actOn('retry', { select: { queue: queue.key, state: 'failed' }, queue: queue.name });
      else void setPaused(queue, verb === 'pause');
    },
  };
}

/** What can be done with the queue whose page is open. */
export function commandsHere(queue: Queue): Command[] {
  const words = t().palette;
  return [
    queue.paused ? queueVerb('resume', queue, words.resumeThis) : queueVerb('pause', queue, words.pauseThis),
    ...(queue.failed > 0 ? [queueVerb('retry', queue, words.retryThis, noteOf(queue))] : []),
  ];
}

/** How the user wants the pages, and what keys do. */
export function settingCommands(): Command[] {
  const { frame, palette } = t();
  return [
    ...THEMES.filter((each) => each !== theme.value).map((each) => ({
      id: `theme:${each}`,
      icon: each === 'dark' ? ('moon' as const) : each === 'light' ? ('sun' as const) : ('monitor' as const),
      title: palette.setting(frame.theme, frame.themes[each]),
      also: `theme ${each}`,
      run: () => {
        theme.value = each;
      },
    })),
    ...LANGUAGES.filter((each) => each !== language.value).map((each) => ({
      id: `language:${each}`,
      icon: 'globe' as const,
      title: palette.setting(frame.language, LANGUAGE_NAMES[each]),
      also: 'language',
      run: () => {
        language.value = each;
      },
    })),
    ...TIME_ZONES.filter((each) => each !== timeZone.value).map((each) => ({
      id: `time:${each}`,
      icon: 'clock' as const,
      title: palette.setting(frame.times, frame.zones[each]),
      also: `time zone ${each}`,
      run: () => {
        timeZone.value = each;
      },
    })),
    {
      id: 'shortcuts',
      icon: 'command',
      title: palette.shortcuts,
      also: 'keyboard shortcuts help',
      keys: ['?'],
      run: openShortcuts,
    },
  ];
}
