import './condition-bar.css';
import { useState } from 'preact/hooks';
import type { Condition } from '../../server/http/schemas/server.ts';
import { href, queueHref } from '../api/base.ts';
import { Foreign } from '../components/foreign.tsx';
import { Icon } from '../icons/icon.tsx';
import { t } from '../language/language.ts';
import { connection, useTopic } from '../live/live.ts';
import { LostBar } from './lost-bar.tsx';

/**
 * Only there when something is wrong: with the server, with a queue, or on the way here. It stands below, so that nothing moves
 * when it comes.
 */
export function ConditionBar() {
  const overview = useTopic('overview');
  const conditions = overview?.conditions ?? [];
  if (connection.value === 'lost') return <LostBar />;
  return conditions.length === 0 ? null : <Conditions conditions={conditions} />;
}

function Conditions({ conditions }: { readonly conditions: readonly Condition[] }) {
  const [isOpen, setOpen] = useState(false);
  const words = t().frame;
  return (
    <section class={isOpen ? 'condition-bar open' : 'condition-bar'} aria-label={words.conditions}>
      <Icon name="alert" />
      <ul id="conditions">
        {conditions.map((condition) => (
          <li key={`${condition.code} ${condition.queue?.key} ${condition.text}`}>
            <ConditionText condition={condition} />
          </li>
        ))}
      </ul>
      {conditions.length > 1 && (
        <button
          type="button"
          class="condition-more"
          aria-expanded={isOpen}
          aria-controls="conditions"
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? words.fewerConditions : words.allConditions(conditions.length)}
        </button>
      )}
    </section>
  );
}

function ConditionText({ condition: { code, queue, text } }: { readonly condition: Condition }) {
  // What is not there is told by the server in words of its own.
  const words: Partial<Record<Condition['code'], string>> = t().frame.conditionTexts;
  if (queue === null) return <span>{words[code] ?? text}</span>;
  const where = code === 'schedule-late' ? href('/schedule') : queueHref(queue.key);
  return (
    <>
      <span>{words[code] ?? text}</span>{' '}
      <a href={where}>
        <Foreign text={queue.name} />
      </a>
    </>
  );
}
