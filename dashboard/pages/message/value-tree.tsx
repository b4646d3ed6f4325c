import './value-tree.css';
import { Foreign } from '../../components/foreign.tsx';
import { t } from '../../language/language.ts';

/** Parts of a value that are shown, and how far within each other. */
const MOST_PARTS = 200;
const DEEPEST = 30;
/** What has more parts than this, or is further within, is closed at first. */
const OPEN_PARTS = 40;
const OPEN_DEPTH = 3;

/** A value as JSON has it: what it consists of, part by part. */
export function ValueTree({ value, depth = 0 }: { readonly value: unknown; readonly depth?: number }) {
  if (typeof value === 'string') return <Scalar kind="text" text={JSON.stringify(value)} />;
  if (typeof value !== 'object' || value === null) return <Scalar kind="word" text={String(value)} />;
  const isList = Array.isArray(value);
  const parts = Object.entries(value);
  const words = t().message.payload;
  if (parts.length === 0) return <Scalar kind="word" text={isList ? '[]' : '{}'} />;
  if (depth >= DEEPEST) return <Scalar kind="word" text="…" />;
  return (
    <details class="value" open={parts.length <= OPEN_PARTS && depth < OPEN_DEPTH}>
      <summary class="muted">
        {isList ? '[ ]' : '{ }'} {words.items(parts.length)}
      </summary>
      <ul>
        {parts.slice(0, MOST_PARTS).map(([name, part]) => (
          <li key={name}>
            <span class="value-name">
              <Foreign text={name} isMono />
            </span>
            <ValueTree value={part} depth={depth + 1} />
          </li>
        ))}
        {parts.length > MOST_PARTS && <li class="muted">{words.more(parts.length - MOST_PARTS)}</li>}
      </ul>
    </details>
  );
}

function Scalar({ kind, text }: { readonly kind: string; readonly text: string }) {
  return (
    <span class={`value-${kind}`}>
      <Foreign text={text} isMono />
    </span>
  );
}
