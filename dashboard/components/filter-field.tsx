import './filter-field.css';
import type { Ref } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../icons/icon.tsx';

/** Between two letters of somebody who types. */
const PAUSE_MS = 300;

/** A text by which a list is narrowed. It is told when the typing pauses, and at once with Enter. */
export function FilterField({
  label,
  hint = label,
  value,
  field,
  onChange,
}: {
  readonly label: string;
  /** What can be typed, where the label does not say that. */
  readonly hint?: string;
  readonly field?: Ref<HTMLInputElement>;
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The address has another one: somebody went back, or followed a link.
  useEffect(() => {
    if (value !== told.current) setTyped(value);
    told.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tell = (text: string) => {
    clearTimeout(timer.current);
    if (text.trim() === told.current) return;
    told.current = text.trim();
    onChange(told.current);
  };
  return (
    <form
      class="filter-field"
      onSubmit={(event) => {
        event.preventDefault();
        tell(typed);
      }}
    >
      <Icon name="search" />
      <input
        {...(field !== undefined && { ref: field })}
        type="search"
        class="input"
        aria-label={label}
        placeholder={hint}
        autocomplete="off"
        spellcheck={false}
        maxLength={200}
        value={typed}
        onInput={({ currentTarget }) => {
          const text = currentTarget.value;
          setTyped(text);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => tell(text), PAUSE_MS);
        }}
      />
    </form>
  );
}
