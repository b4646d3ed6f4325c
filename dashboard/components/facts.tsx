import './facts.css';
import type { ComponentChildren } from 'preact';

/** What something is called, and what it is; undefined where there is nothing to say. */
export type Fact = readonly [name: string, value: ComponentChildren | undefined];

/** Names and what they stand for, as a list of definitions: side by side where there is room, or one below the other. */
export function Facts({
  facts,
  isColumn = false,
}: {
  readonly facts: readonly Fact[];
  readonly isColumn?: boolean;
}) {
  return (
    <dl class={isColumn ? 'facts column' : 'facts'}>
      {facts.map(([name, value]) =>
        value === undefined || value === null || value === false ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
