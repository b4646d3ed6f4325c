import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { useSuggestedQueues } from '../../components/use-suggested-queues.ts';
import { t } from '../../language/language.ts';
import { focusResult } from './result-keys.ts';
import type { SearchFor } from './search-run.ts';

export const STATES = ['ready', 'delayed', 'reserved', 'failed', 'ended'] as const;

/** What is looked for, and where. Enter searches; the arrow down leads to what was found. */
export function SearchForm({
  search,
  onSearch,
}: {
  readonly search: SearchFor;
  readonly onSearch: (search: SearchFor) => void;
}) {
  const [q, setText] = useState(search.q);
  const [queue, setQueue] = useState(search.queue);
  const field = useRef<HTMLInputElement>(null);
  const list = useId();
  const suggested = useSuggestedQueues(queue) ?? [];
  const words = t().search;
  // The search above the page, and the way back, lead here as well.
  useEffect(() => {
    setText(search.q);
    setQueue(search.queue);
  }, [search.q, search.queue]);
  useEffect(() => {
    // On a phone it would bring up the keyboard.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus();
  }, []);
  return (
    <form
      class="search-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (q.trim() !== '') onSearch({ q: q.trim(), queue, state: search.state });
      }}
    >
      <Field label={words.what}>
        {(props) => (
          <input
            {...props}
            ref={field}
            type="search"
            class="input"
            value={q}
            maxLength={1000}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'ArrowDown' && focusResult(0)) event.preventDefault();
            }}
          />
        )}
      </Field>
      <Field label={words.queue}>
        {(props) => (
          <input
            {...props}
            class="input"
            list={list}
            value={queue}
            placeholder={words.allQueues}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setQueue(event.currentTarget.value.trim())}
          />
        )}
      </Field>
      <datalist id={list}>
        {suggested.map(({ key }) => (
          <option key={key} value={key} />
        ))}
      </datalist>
      <Field label={words.state}>
        {(props) => (
          <select
            {...props}
            class="input"
            value={search.state}
            onChange={(event) => onSearch({ q: q.trim(), queue, state: event.currentTarget.value })}
          >
            <option value="">{words.allStates}</option>
            {STATES.map((each) => (
              <option key={each} value={each}>
                {t().common.states[each]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Button kind="main" icon="search" isSubmit>
        {words.search}
      </Button>
    </form>
  );
}
