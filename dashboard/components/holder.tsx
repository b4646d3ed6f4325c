import { workerHref } from '../api/base.ts';
import { holderOf } from '../format/holder.ts';
import { Foreign } from './foreign.tsx';

/** Who holds a message, with the way to that worker where it is known. */
export function Holder({ name }: { readonly name: string }) {
  const holder = holderOf(name);
  const text = <Foreign text={holder.name} />;
  if (holder.worker === undefined) return text;
  return <a href={workerHref(holder.worker)}>{text}</a>;
}
