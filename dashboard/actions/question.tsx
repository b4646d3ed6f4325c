import { useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Field } from '../components/field.tsx';
import { t } from '../language/language.ts';
import { askWith } from './question-host.tsx';

/** Something that is asked before it is done. It says of how many messages it is. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button says: what will be done. */
  readonly confirm: string;
  readonly isDangerous?: boolean;
  /** What has to be typed first: the name of what will be gone. */
  readonly mustType?: string;
}

/** Asks. What the question says stays as it is until it is answered, whatever goes on meanwhile. */
export function ask(question: Question): Promise<boolean> {
  return askWith(false, (answer) => <QuestionDialog question={question} answer={answer} />);
}

function QuestionDialog({
  question,
  answer,
}: {
  readonly question: Question;
  readonly answer: (isSure: boolean) => void;
}) {
  const { title, text, confirm, isDangerous = false, mustType } = question;
  const [typed, setTyped] = useState('');
  const words = t().common;
  const isOff = mustType !== undefined && typed !== mustType;
  return (
    <Dialog title={title} onClose={() => answer(false)}>
      <form
        class="dialog-body"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isOff) answer(true);
        }}
      >
        <p>{text}</p>
        {mustType !== undefined && (
          <Field label={words.typeName(mustType)}>
            {(field) => (
              <input
                {...field}
                class="input mono"
                value={typed}
                autocomplete="off"
                spellcheck={false}
                onInput={(event) => setTyped(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        <div class="dialog-actions">
          <Button onClick={() => answer(false)}>{words.cancel}</Button>
          <Button
            kind={isDangerous ? 'danger' : 'main'}
            isSubmit
            refused={isOff ? words.typeName(mustType) : undefined}
          >
            {confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
