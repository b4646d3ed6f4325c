import './queue-cells.css';
import type { Queue } from '../../../server/http/schemas/queues.ts';
import { queueHref } from '../../api/base.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { Badge } from '../../components/badge.tsx';
import { Nothing, Rate } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { State } from '../../components/state.tsx';
import { Seconds } from '../../components/times.tsx';
import { rate } from '../../format/numbers.ts';
import { visibleString } from '../../format/visible-text.ts';
import { locale, t } from '../../language/language.ts';

/** A queue's name, and why it hands out nothing. Where there is no room for columns, the most important figures too. */
export function NameCell({ queue }: { readonly queue: Queue }) {
  const { name, key, rates, ready, oldest_age: age } = queue;
  return (
    <div class="queue-name">
      <a class="clip" href={queueHref(key)} title={visibleString(name)}>
        <Foreign text={name} />
      </a>
      <HeldState queue={queue} />
      <span class="queue-more muted">
        <Rate of={rates.out} />
        {ready > 0 && <Seconds of={age} />}
        {isForsaken(queue) && <Forsaken />}
      </span>
    </div>
  );
}

function HeldState({ queue: { paused, held_by: by } }: { readonly queue: Queue }) {
  const { held, heldHints } = t().queues;
  if (paused) return <State name="paused" />;
  if (by === null || by === 'paused') return null;
  return (
    <span title={heldHints[by]}>
      <Badge icon="hourglass" tone="violet">
        {held[by]}
      </Badge>
    </span>
  );
}

/** What came and went lately, one above the other. */
export function ActivityCell({ queue: { recent } }: { readonly queue: Queue }) {
  const words = t().queues;
  if (!recent)
    return (
      <div class="activity" title={words.quiet}>
        <Nothing />
      </div>
    );
  const top = Math.max(...[...recent.in, ...recent.out].map((value) => value ?? 0));
  const format = (value: number) => rate(value, locale.value);
  return (
    <div class="activity">
      <Sparkline values={recent.in} label={words.inASecond} colour="muted" top={top} format={format} />
      <Sparkline values={recent.out} label={words.outASecond} colour="ok" top={top} format={format} />
    </div>
  );
}

/** How many reads wait; in words where messages wait and nobody does anything about it. */
export function ReadersCell({ queue }: { readonly queue: Queue }) {
  if (isForsaken(queue)) return <Forsaken />;
  return (
    <span class={queue.readers === 0 ? 'muted' : undefined} title={t().queues.readersHint}>
      {queue.readers.toLocaleString(locale.value)}
    </span>
  );
}

function Forsaken() {
  const words = t().queues;
  return (
    <span title={words.nobodyHint}>
      <Badge icon="unplug" tone="warn">
        {words.nobody}
      </Badge>
    </span>
  );
}

/** Workers may be between two reads: what goes out tells that there are some. */
function isForsaken({ ready, reserved, readers, paused, held, rates }: Queue): boolean {
  return ready > held && reserved === 0 && readers === 0 && !paused && rates.out === 0 && rates.failed === 0;
}
