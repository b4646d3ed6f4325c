import '../components/filter-bar.css';
import { useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Field } from '../components/field.tsx';
import { durationOfSeconds } from '../format/durations.ts';
import { rate } from '../format/numbers.ts';
import { locale, t } from '../language/language.ts';
import { delaySeconds } from './delay.ts';
import { askWith } from './question-host.tsx';

/** How a retry is put off, in seconds. */
export interface RetryTimes {
  readonly delay: number;
  readonly spread: number;
}

const DELAYS = [0, 60, 300, 900, 3600, 21_600];
const SPREADS = [0, 60, 600, 3600, 21_600, 86_400];
/** A delay that somebody types. */
const OTHER = 'other';
/** What is chosen for those who want it later. */
const LATER = '900';

interface Asked {
  readonly count: number;
  readonly isLater: boolean;
  readonly answer: (times: RetryTimes | undefined) => void;
}

/** Asks whether so many messages are to be retried, and when; undefined: they are not. `isLater`: not at once. */
export function askRetry(count: number, isLater = false): Promise<RetryTimes | undefined> {
  return askWith<RetryTimes | undefined>(undefined, (answer) => (
    <RetryDialog count={count} isLater={isLater} answer={answer} />
  ));
}

function RetryDialog({ count, isLater, answer }: Asked) {
  const [when, setWhen] = useState(isLater ? LATER : '0');
  const [typed, setTyped] = useState('30m');
  const [spread, setSpread] = useState(0);
  const words = t().actions.retry;
  const time = (seconds: number) => durationOfSeconds(seconds, locale.value, 'long');
  const delay = when === OTHER ? delaySeconds(typed) : Number(when);
  const wrong = delay === undefined ? words.afterError : undefined;
  return (
    <Dialog title={words.title(count)} onClose={() => answer(undefined)}>
      <form
        class="dialog-body"
        onSubmit={(event) => {
          event.preventDefault();
          if (delay !== undefined) answer({ delay, spread });
        }}
      >
        <p>{words.text(count)}</p>
        <Field label={words.when}>
          {(field) => (
            <select
              {...field}
              class="select"
              value={when}
              onChange={({ currentTarget }) => setWhen(currentTarget.value)}
            >
              {DELAYS.map((seconds) => (
                <option key={seconds} value={seconds}>
                  {seconds === 0 ? words.whenNow : words.inTime(time(seconds))}
                </option>
              ))}
              <option value={OTHER}>{words.whenOther}</option>
            </select>
          )}
        </Field>
        {when === OTHER && (
          <Field label={words.after} hint={words.afterHint} error={wrong}>
            {(field) => (
              <input
                {...field}
                class="input"
                value={typed}
                autocomplete="off"
                onInput={({ currentTarget }) => setTyped(currentTarget.value)}
              />
            )}
          </Field>
        )}
        {count > 1 && (
          <Field
            label={words.spread}
            hint={spread === 0 ? ' ' : words.spreadHint(rate(count / spread, locale.value))}
          >
            {(field) => (
              <select
                {...field}
                class="select"
                value={spread}
                onChange={({ currentTarget }) => setSpread(Number(currentTarget.value))}
              >
                {SPREADS.map((seconds) => (
                  <option key={seconds} value={seconds}>
                    {seconds === 0 ? words.spreadNone : words.overTime(time(seconds))}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <div class="dialog-actions">
          <Button onClick={() => answer(undefined)}>{t().common.cancel}</Button>
          <Button kind="main" icon="retry" isSubmit refused={wrong}>
            {words.confirm(count)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
