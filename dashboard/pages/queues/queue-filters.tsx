import './queue-filters.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../icons/icon.tsx';
import type { IconName } from '../../icons/icons.ts';
import { t } from '../../language/language.ts';
import { CONDITIONS, type QueueCondition, type QueuesQuery } from './queues-query.ts';

/** Who types on has not finished yet. */
const PAUSE_MS = 200;

const ICONS: Readonly<Record<QueueCondition, IconName>> = {
  paused: 'pause',
  'no-readers': 'unplug',
  failing: 'circleX',
};

interface Props {
  readonly query: QueuesQuery;
  /** Why the server does not understand what was typed. */
  readonly error: string | undefined;
  readonly onChange: (query: QueuesQuery) => void;
}

/** Which queues are shown: by their name as one types, and by what is wrong with them. */
export function QueueFilters({ query, error, onChange }: Props) {
  const words = t().queues;
  const toggle = (name: QueueCondition) => {
    const conditions = CONDITIONS.filter((each) => query.conditions.includes(each) !== (each === name));
    onChange({ ...query, conditions, cursor: undefined });
  };
  return (
    <div class="queue-filters">
      <NameFilter
        text={query.text}
        error={error}
        onChange={(text) => onChange({ ...query, text, cursor: undefined })}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has a look of its own */}
      <div class="queue-toggles" role="group" aria-label={words.only}>
        {CONDITIONS.map((name) => (
          <button
            key={name}
            type="button"
            class="toggle"
            aria-pressed={query.conditions.includes(name)}
            title={words.conditionHints[name]}
            onClick={() => toggle(name)}
          >
            <Icon name={query.conditions.includes(name) ? 'check' : ICONS[name]} />
            {words.conditions[name]}
          </button>
        ))}
      </div>
    </div>
  );
}

function NameFilter({
  text,
  error,
  onChange,
}: {
  readonly text: string;
  readonly error: string | undefined;
  readonly onChange: (text: string) => void;
}) {
  const words = t().queues;
  const [typed, setTyped] = useState(text);
  const told = useRef(text);
  // The address has changed by itself: somebody went back.
  if (text !== told.current) {
    told.current = text;
    setTyped(text);
  }
  useEffect(() => {
    if (typed === told.current) return;
    const timer = setTimeout(() => {
      told.current = typed;
      onChange(typed);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  });
  return (
    <div class="name-filter">
      <Icon name="search" />
      <input
        type="search"
        value={typed}
        aria-label={words.filter}
        aria-invalid={error !== undefined || undefined}
        aria-describedby="name-filter-hint"
        placeholder={words.filterHint}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <span
        id="name-filter-hint"
        class={error === undefined ? 'visually-hidden' : 'name-filter-error foreign'}
        role={error === undefined ? undefined : 'alert'}
      >
        {error ?? words.filterHelp}
      </span>
    </div>
  );
}
