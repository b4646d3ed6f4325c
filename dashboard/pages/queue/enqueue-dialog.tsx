import './enqueue-dialog.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Enqueued } from '../../../server/http/schemas/messages.ts';
import { messageHref } from '../../api/base.ts';
import { change, type ProblemError } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { visibleString } from '../../format/visible-text.ts';
import { Icon } from '../../icons/icon.tsx';
import { t } from '../../language/language.ts';
import { EMPTY_FORM, type FieldName, mistakesOf, OPTIONS, positionIn, requestOf } from './enqueue-form.ts';

interface Props {
  readonly queueKey: string;
  readonly queueName: string;
  readonly onClose: () => void;
  readonly onStored: () => void;
}

/** Enqueues a job by hand; what is wrong with it is said where it is. */
export function EnqueueDialog({ queueKey, queueName, onClose, onStored }: Props) {
  const [form, setForm] = useState(EMPTY_FORM);
  const [problem, setProblem] = useState<ProblemError>();
  const [stored, setStored] = useState<Enqueued & { readonly isCall: boolean }>();
  const [isBusy, setBusy] = useState(false);
  const payload = useRef<HTMLTextAreaElement>(null);
  const words = t().queue.enqueue;
  const { fields, others } = mistakesOf(problem?.errors ?? []);
  const isNoCall = problem?.code === 'no-call';

  useEffect(() => payload.current?.focus(), [stored]);
  const set = (name: FieldName) => (event: { currentTarget: { value: string } }) =>
    setForm({ ...form, [name]: event.currentTarget.value });

  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    try {
      const answer = await change('POST /queues/{q}/messages', { q: queueKey }, requestOf(form));
      setProblem(undefined);
      setStored({ ...answer, isCall: !form.isAnything });
      announce(words.stored);
      onStored();
    } catch (error) {
      const thrown = error as ProblemError;
      setProblem(thrown);
      showPlace(payload.current, thrown);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title={words.title(visibleString(queueName))} onClose={onClose} isWide>
      <form class="dialog-body" onSubmit={submit}>
        <Field label={words.payload} error={fields.payload} hint={words.payloadHint}>
          {(field) => (
            <textarea
              {...field}
              ref={payload}
              class="input mono"
              spellcheck={false}
              value={form.payload}
              onInput={set('payload')}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit(event);
              }}
            />
          )}
        </Field>
        {isNoCall && <Place text={form.payload} detail={fields.payload ?? ''} />}
        {(isNoCall || form.isAnything) && (
          <label class="enqueue-anything">
            <input
              type="checkbox"
              checked={form.isAnything}
              onChange={(event) => setForm({ ...form, isAnything: event.currentTarget.checked })}
            />
            {words.anything}
          </label>
        )}
        <div class="enqueue-options">
          {OPTIONS.map((name) => (
            <Field
              key={name}
              label={words.options[name as keyof typeof words.options].title}
              hint={words.options[name as keyof typeof words.options].hint}
              error={fields[name]}
            >
              {(field) => (
                <input
                  {...field}
                  class={name === 'id' || name === 'group' ? 'input mono' : 'input'}
                  autocomplete="off"
                  spellcheck={false}
                  value={form[name]}
                  onInput={set(name)}
                />
              )}
            </Field>
          ))}
        </div>
        {problem !== undefined && Object.keys(fields).length === 0 && <ProblemNote problem={problem} />}
        {others.length > 0 && <p class="field-error">{others.join('; ')}</p>}
        {stored !== undefined && <Stored answer={stored} />}
        <div class="dialog-actions">
          <Button onClick={onClose}>{t().common.close}</Button>
          <Button kind="main" icon="plus" isSubmit isBusy={isBusy}>
            {stored === undefined ? words.confirm : words.again}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The text up to where it could be read, and what follows. */
function Place({ text, detail }: { readonly text: string; readonly detail: string }) {
  const position = positionIn(detail, text);
  if (position === undefined) return null;
  return (
    <p class="enqueue-place mono">
      <span class="muted">
        <Foreign text={text.slice(Math.max(0, position - 40), position)} />
      </span>
      <mark>
        <Foreign text={text.slice(position, position + 24) || t().queue.enqueue.end} />
      </mark>
    </p>
  );
}

function Stored({ answer: { queue, ref, id, isCall } }: { answer: Enqueued & { readonly isCall: boolean } }) {
  const words = t().queue.enqueue;
  return (
    <div class="enqueue-stored">
      <Icon name="circleCheck" />
      <div>
        <p>
          {words.stored}{' '}
          {ref === null ? (
            words.gone
          ) : (
            <a href={messageHref(queue.key, ref)}>
              <Foreign text={id ?? ref} isMono />
            </a>
          )}
        </p>
        {!isCall && <p>{words.noCall}</p>}
      </div>
    </div>
  );
}

/** The cursor goes to where the parser stopped. */
function showPlace(field: HTMLTextAreaElement | null, { errors }: ProblemError): void {
  const error = errors.find(({ pointer }) => pointer === '/payload');
  if (field === null || error === undefined) return;
  const position = positionIn(error.detail, field.value);
  field.focus();
  if (position !== undefined) field.setSelectionRange(position, position);
}
