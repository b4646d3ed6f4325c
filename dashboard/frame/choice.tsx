import './choice.css';
import type { Signal } from '@preact/signals';
import { useId } from 'preact/hooks';

/** One of a few. */
export function Choice<T extends string>({
  title,
  choice,
  options,
}: {
  readonly title: string;
  readonly choice: Signal<T>;
  readonly options: readonly (readonly [T, string])[];
}) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>{title}</legend>
      {options.map(([value, word]) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            checked={choice.value === value}
            onChange={() => {
              choice.value = value;
            }}
          />
          <span>{word}</span>
        </label>
      ))}
    </fieldset>
  );
}
