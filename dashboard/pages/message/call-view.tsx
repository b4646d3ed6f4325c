import type { MessageDetail } from '../../../server/http/schemas/messages.ts';
import { Facts } from '../../components/facts.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { t } from '../../language/language.ts';
import { ValueTree } from './value-tree.tsx';

/** A call: the method, and its arguments one by one. */
export function CallView({ call }: { readonly call: NonNullable<MessageDetail['call']> }) {
  const words = t().message.payload;
  const { class: name, method, args } = call;
  const called = (
    <strong>
      <Foreign text={method} isMono />
    </strong>
  );
  return (
    <Facts
      isColumn
      facts={[
        [words.className, name === undefined ? undefined : <Foreign text={name} isMono />],
        [words.method, called],
        ...args.map((arg, place) => [words.argument(place + 1), <ValueTree value={arg} />] as const),
        [words.arguments, args.length === 0 ? <span class="muted">{words.noArguments}</span> : undefined],
      ]}
    />
  );
}
