import './rail.css';
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Overview } from '../../server/http/schemas/server.ts';
import { base, href } from '../api/base.ts';
import { Count } from '../components/figures.tsx';
import { Icon } from '../icons/icon.tsx';
import { t } from '../language/language.ts';
import { useTopic } from '../live/live.ts';
import { DESTINATIONS, type Destination, isAt } from './destinations.ts';

const FIRST = DESTINATIONS.filter(({ isMore }) => !isMore);
const REST = DESTINATIONS.filter(({ isMore }) => isMore);

/** Where one can go, always in sight: at the side; on a phone below, where the last ones are behind "More". */
export function Rail() {
  const { path } = useLocation();
  const overview = useTopic('overview');
  const [isOpen, setOpen] = useState(false);
  const here = path.slice(base.length) || '/';
  const words = t().frame;
  const link = (destination: Destination) => (
    <RailLink
      key={destination.path}
      destination={destination}
      isHere={isAt(destination.path, here)}
      overview={overview}
    />
  );
  return (
    <nav
      class="rail"
      aria-label={words.pages}
      onClick={(event) => {
        if ((event.target as Element).closest('a') !== null) setOpen(false);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return;
        setOpen(false);
        event.currentTarget.querySelector<HTMLElement>('.rail-more')?.focus();
      }}
      onFocusOut={(event) => {
        const next = event.relatedTarget;
        if (next instanceof Node && !event.currentTarget.contains(next)) setOpen(false);
      }}
    >
      <a class="brand" href={href('/')}>
        memq
      </a>
      <ul>{FIRST.map(link)}</ul>
      <button
        type="button"
        class={REST.some((each) => isAt(each.path, here)) ? 'rail-more here' : 'rail-more'}
        aria-expanded={isOpen}
        aria-controls="rail-rest"
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="ellipsis" />
        <span class="rail-word">{words.more}</span>
      </button>
      <ul id="rail-rest" class={isOpen ? 'rail-rest open' : 'rail-rest'}>
        {REST.map(link)}
      </ul>
    </nav>
  );
}

function RailLink({
  destination: { path, icon, name, count, isBad },
  isHere,
  overview,
}: {
  readonly destination: Destination;
  readonly isHere: boolean;
  readonly overview: Overview | undefined;
}) {
  const n = overview && count?.(overview);
  return (
    <li>
      <a href={href(path)} aria-current={isHere ? 'page' : undefined}>
        <Icon name={icon} />
        <span class="rail-word">{t().frame.titles[name]}</span>
        {n !== undefined && n > 0 && (
          <span class={isBad ? 'rail-count bad' : 'rail-count'}>
            <Count of={n} />
          </span>
        )}
      </a>
    </li>
  );
}
