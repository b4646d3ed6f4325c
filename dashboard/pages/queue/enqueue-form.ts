import type { Enqueue } from '../../../server/http/schemas/messages.ts';

/** What is in the fields, as it was typed. */
export interface EnqueueForm {
  readonly payload: string;
  readonly delay: string;
  readonly priority: string;
  readonly id: string;
  readonly group: string;
  readonly attempts: string;
  /** Also where it is no call. */
  readonly isAnything: boolean;
}

export type FieldName = Exclude<keyof EnqueueForm, 'isAnything'>;

export const EMPTY_FORM: EnqueueForm = {
  payload: '',
  delay: '',
  priority: '',
  id: '',
  group: '',
  attempts: '',
  isAnything: false,
};

export const OPTIONS: readonly FieldName[] = ['delay', 'priority', 'id', 'group', 'attempts'];

/** What is sent. What is no number is sent as it is: the server says what is wrong with it. */
export function requestOf(form: EnqueueForm): Enqueue {
  const options = OPTIONS.flatMap((name) => {
    const text = form[name].trim();
    if (text === '') return [];
    const isNumber = /^\d{1,15}$/.test(text) && name !== 'id' && name !== 'group';
    return [[name, isNumber ? Number(text) : text] as const];
  });
  return {
    payload: form.payload,
    ...(Object.fromEntries(options) as Omit<Enqueue, 'payload'>),
    ...(!form.isAnything && { must_be_call: true }),
  };
}

type Places = readonly { readonly pointer: string; readonly detail: string }[];

/** What is wrong with each field, and what is wrong with none of them. */
export function mistakesOf(errors: Places): {
  readonly fields: Partial<Record<FieldName, string>>;
  readonly others: readonly string[];
} {
  const fields: Partial<Record<FieldName, string>> = {};
  const others: string[] = [];
  for (const { pointer, detail } of errors) {
    const name = pointer.split('/')[1] ?? '';
    if (name in EMPTY_FORM) fields[name as FieldName] ??= detail;
    else others.push(detail);
  }
  return { fields, others };
}

/** Where the parser stopped, in characters of the text. */
export function positionIn(detail: string, text: string): number | undefined {
  const [, place] = /\bat position (\d+)/.exec(detail) ?? [];
  if (place === undefined) return undefined;
  return Math.min(Number(place), text.length);
}
