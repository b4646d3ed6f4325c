import './condition-bar.css';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { now } from '../components/now.ts';
import { Time } from '../components/times.tsx';
import { Icon } from '../icons/icon.tsx';
import { t } from '../language/language.ts';
import { lostReason, retryNow } from '../live/live.ts';

/** That the server does not answer, since when, and how it can be tried at once. */
export function LostBar() {
  const [since] = useState(() => new Date(now.peek()).toISOString());
  const [isTrying, setTrying] = useState(false);
  const words = t().frame;
  const reason = lostReason.value;
  const isLoggedOut = reason === 'unauthorized' || reason === 'forbidden';
  useEffect(() => {
    if (!isTrying) return;
    const timer = setTimeout(() => setTrying(false), 1000);
    return () => clearTimeout(timer);
  }, [isTrying]);
  return (
    <section class="condition-bar lost" aria-label={words.conditions}>
      <Icon name="unplug" />
      <p role="status">
        <strong>{words.lostReasons[reason ?? 'unreachable']}</strong> {words.lostSince} <Time at={since} />
      </p>
      {isLoggedOut ? (
        <Button icon="retry" onClick={() => location.reload()}>
          {words.loadAgain}
        </Button>
      ) : (
        <Button
          icon="retry"
          isBusy={isTrying}
          onClick={() => {
            setTrying(true);
            retryNow();
          }}
        >
          {words.tryNow}
        </Button>
      )}
    </section>
  );
}
