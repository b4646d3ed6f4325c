import type { MessageDetail } from '../../../server/http/schemas/messages.ts';
import { href, queueHref } from '../../api/base.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Facts } from '../../components/facts.tsx';
import { Bytes } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Holder } from '../../components/holder.tsx';
import { Panel } from '../../components/panel.tsx';
import { Relative, Seconds, Time } from '../../components/times.tsx';
import { cronWords } from '../../format/cron/cron-words.ts';
import { exactCount } from '../../format/numbers.ts';
import { locale, t } from '../../language/language.ts';

const USUAL_PRIORITY = 1024;

/** All else that is known of a message. */
export function Details({ message }: { readonly message: MessageDetail }) {
  const words = t().message.facts;
  const { ref, id, queue, group, deaths, holder, origin, state } = message;
  const count = (n: number) => exactCount(n, locale.value);
  return (
    <Panel title={words.title}>
      <Facts
        isColumn
        facts={[
          [words.handle, <Copied text={ref} />],
          [words.id, id === null ? undefined : <Copied text={id} />],
          [
            words.queue,
            <a href={queueHref(queue.key)}>
              <Foreign text={queue.name} />
            </a>,
          ],
          [
            words.group,
            group === null ? undefined : (
              <a href={queueHref(queue.key, { tab: state, group })}>
                <Foreign text={group} isMono />
              </a>
            ),
          ],
          [words.worker, holder === null ? undefined : <Holder name={holder} />],
          [words.lease, state === 'reserved' ? <Lease deadline={message.deadline} /> : undefined],
          [words.priority, <Priority of={message.priority} />],
          [
            words.attempts,
            t().message.timeline.attemptsOf(count(message.attempts), count(message.max_attempts)),
          ],
          [words.backoff, <Foreign text={message.backoff} isMono />],
          [words.deaths, deaths === 0 ? undefined : words.deathsText(deaths)],
          [words.due, message.due_at === null ? undefined : <Both at={message.due_at} />],
          [words.expires, message.expires_at === null ? undefined : <Both at={message.expires_at} />],
          [words.repeats, message.every === null ? undefined : <Every seconds={message.every} />],
          [words.schedule, message.cron === null ? undefined : <Cron line={message.cron} />],
          [words.lastRun, message.last_run === null ? undefined : <LastRun run={message.last_run} />],
          [words.origin, origin === null ? undefined : <Origin origin={origin} />],
          [words.flags, message.flags === 0 ? undefined : count(message.flags)],
          [words.size, state === 'ended' ? undefined : <Bytes of={message.body_bytes} />],
          [words.stored, <Bytes of={message.bytes} />],
        ]}
      />
    </Panel>
  );
}

function Copied({ text }: { readonly text: string }) {
  return (
    <span class="copied">
      <Foreign text={text} isMono />
      <CopyButton text={text} />
    </span>
  );
}

function Both({ at }: { readonly at: string }) {
  return (
    <>
      <Time at={at} isWhole /> <span class="muted">(</span>
      <Relative at={at} />
      <span class="muted">)</span>
    </>
  );
}

function Lease({ deadline }: { readonly deadline: string | null }) {
  return deadline === null ? <span>{t().message.facts.leaseOfConnection}</span> : <Both at={deadline} />;
}

function Priority({ of }: { readonly of: number }) {
  return (
    <>
      {exactCount(of, locale.value)}
      {of === USUAL_PRIORITY && <span class="muted"> ({t().message.facts.usualPriority})</span>}
    </>
  );
}

function Every({ seconds }: { readonly seconds: number }) {
  return (
    <>
      {t().message.facts.every} <Seconds of={seconds} />
    </>
  );
}

function Cron({ line }: { readonly line: string }) {
  const words = cronWords(line, locale.value);
  return (
    <>
      <a href={href('/schedule')}>
        <Foreign text={words} />
      </a>{' '}
      {words !== line && (
        <span class="muted">
          <Foreign text={line} isMono />
        </span>
      )}
    </>
  );
}

function LastRun({ run }: { readonly run: NonNullable<MessageDetail['last_run']> }) {
  return (
    <>
      {t().message.facts.lastRuns[run.outcome] ?? run.outcome} <Relative at={run.at} />
      {run.error !== null && (
        <div class="step-error">
          <Foreign text={run.error.split('\n', 1)[0] as string} isMono />
        </div>
      )}
    </>
  );
}

function Origin({ origin }: { readonly origin: NonNullable<MessageDetail['origin']> }) {
  const words = t().message.facts;
  return (
    <>
      <a href={queueHref(origin.queue.key)}>
        <Foreign text={origin.queue.name} />
      </a>{' '}
      {words.originText(origin.attempts)}
      {origin.failed_at !== null && (
        <>
          {', '}
          <Relative at={origin.failed_at} />
        </>
      )}
      {origin.id !== null && (
        <div class="muted">
          {words.originId} <Foreign text={origin.id} isMono />
        </div>
      )}
    </>
  );
}
