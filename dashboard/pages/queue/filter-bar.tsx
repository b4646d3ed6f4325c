import '../../components/filter-bar.css';
import { useRef } from 'preact/hooks';
import { FilterField } from '../../components/filter-field.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { visibleString } from '../../format/visible-text.ts';
import { Icon } from '../../icons/icon.tsx';
import { t } from '../../language/language.ts';
import type { MessageFilter } from './message-filter.ts';

interface Props {
  readonly filter: MessageFilter;
  /** What the error group is called, where that is known. */
  readonly errorText: string | undefined;
  readonly onChange: (changes: Partial<Omit<MessageFilter, 'state'>>) => void;
}

/** What messages are searched for, and what else narrows the list: each can be taken away. */
export function FilterBar({ filter: { q, group, error }, errorText, onChange }: Props) {
  const words = t().queue.filter;
  const field = useRef<HTMLInputElement>(null);
  const without = (changes: Partial<Omit<MessageFilter, 'state'>>) => () => {
    onChange(changes);
    // The chip goes, and the focus would go with it.
    field.current?.focus();
  };
  return (
    <div class="filter-bar">
      <FilterField
        label={words.search}
        hint={words.hint}
        value={q ?? ''}
        field={field}
        onChange={(text) => onChange({ q: text === '' ? undefined : text })}
      />
      {q !== undefined && <Chip name={words.text} value={q} onRemove={without({ q: undefined })} />}
      {group !== undefined && (
        <Chip name={words.group} value={group} onRemove={without({ group: undefined })} />
      )}
      {error !== undefined && (
        <Chip name={words.error} value={errorText ?? error} onRemove={without({ error: undefined })} />
      )}
    </div>
  );
}

function Chip({ name, value, onRemove }: { name: string; value: string; onRemove: () => void }) {
  return (
    <button
      type="button"
      class="chip"
      aria-label={t().queue.filter.remove(name, visibleString(value))}
      onClick={onRemove}
    >
      <span class="muted">{name}</span>
      <span class="clip">
        <Foreign text={value} />
      </span>
      <Icon name="x" />
    </button>
  );
}
