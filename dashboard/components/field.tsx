import './field.css';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Props {
  readonly label: string;
  /** Under it, in words. */
  readonly hint?: ComponentChildren;
  /** What is wrong with what is in it. */
  readonly error?: string | undefined;
  /** The field, which has to have these. */
  readonly children: (field: {
    readonly id: string;
    readonly 'aria-describedby': string | undefined;
    readonly 'aria-invalid': boolean | undefined;
  }) => ComponentChildren;
}

/** A field with its label, what helps to fill it in, and what is wrong with it. */
export function Field({ label, hint, error, children }: Props) {
  const id = useId();
  const about = `${id}-about`;
  const hasMore = hint !== undefined || error !== undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        'aria-describedby': hasMore ? about : undefined,
        'aria-invalid': error === undefined ? undefined : true,
      })}
      {hasMore && (
        <div id={about} class={error === undefined ? 'field-hint' : 'field-error'}>
          {error ?? hint}
        </div>
      )}
    </div>
  );
}
