import { useId } from 'preact/hooks';
import { t } from '../language/language.ts';
import { Field } from './field.tsx';
import { useSuggestedQueues } from './use-suggested-queues.ts';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly error?: string | undefined;
  /** A queue that is not suggested. */
  readonly but?: string;
  readonly onInput: (name: string) => void;
}

/** A field for the name of a queue, which suggests those that there are, and says whether it would be a new one. */
export function QueueField({ label, value, error, but, onInput }: Props) {
  const list = useId();
  const words = t().common;
  const known = useSuggestedQueues(value)?.map(({ name }) => name);
  const names = (known ?? []).filter((name) => name !== but);
  const isNew = value !== '' && known !== undefined && !known.includes(value) && value !== but;
  return (
    <Field label={label} error={error} hint={isNew ? words.newQueue : words.queueHint}>
      {(field) => (
        <>
          <input
            {...field}
            class="input mono"
            list={list}
            value={value}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
          <datalist id={list}>
            {names.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
