import type { History } from '../../../server/http/schemas/queues.ts';
import type { Overview } from '../../../server/http/schemas/server.ts';
import { href, queueHref } from '../../api/base.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { Count, Rate } from '../../components/figures.tsx';
import { Tile } from '../../components/tile.tsx';
import { Seconds } from '../../components/times.tsx';
import { durationOfSeconds } from '../../format/durations.ts';
import { rate } from '../../format/numbers.ts';
import { locale, t } from '../../language/language.ts';

/** The four figures that matter, each with its last two minutes. */
export function FigureTiles({
  overview,
  history,
}: {
  readonly overview: Overview | undefined;
  readonly history: History | undefined;
}) {
  const words = t().overview;
  // The last second is not over.
  const flow = (name: string) => history?.series[name]?.slice(0, -1) ?? [];
  const level = (name: string) => history?.series[name] ?? [];
  const perSecond = (value: number) => rate(value, locale.value);
  const oldest = overview?.oldest ?? undefined;
  return (
    <div class="tiles">
      <Tile
        title={words.done}
        chart={<Sparkline values={flow('done')} label={words.done} colour="ok" format={perSecond} />}
      >
        {overview ? <Rate of={overview.rates.out} /> : '–'}
      </Tile>
      <Tile
        title={words.failed}
        href={href('/failed')}
        tone={overview && overview.rates.failed > 0 ? 'bad' : undefined}
        chart={<Sparkline values={flow('failed')} label={words.failed} colour="bad" format={perSecond} />}
      >
        {overview ? <Rate of={overview.rates.failed} /> : '–'}
      </Tile>
      <Tile
        title={words.waiting}
        href={href('/queues', { sort: 'ready' })}
        chart={<Sparkline values={level('depth')} label={words.waiting} colour="info" />}
      >
        {overview ? <Count of={overview.ready} /> : '–'}
      </Tile>
      <Tile
        title={words.oldest}
        href={oldest === undefined ? href('/queues', { sort: 'oldest' }) : queueHref(oldest.queue.key)}
        chart={
          <Sparkline
            values={level('oldest_age')}
            label={words.oldest}
            colour="violet"
            format={(value) => durationOfSeconds(Math.round(value), locale.value)}
          />
        }
      >
        {overview ? oldest === undefined ? words.nothing : <Seconds of={oldest.age} /> : '–'}
      </Tile>
    </div>
  );
}
