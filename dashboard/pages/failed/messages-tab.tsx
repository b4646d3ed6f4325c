import '../../components/panel.css';
import { t } from '../../language/language.ts';
import type { FailedAddress } from './failed-address.ts';
import { FailedFilter } from './failed-filter.tsx';
import { FailedTable } from './failed-table.tsx';

/** Failed messages, whatever they failed with. */
export function MessagesTab({ address }: { readonly address: FailedAddress }) {
  const words = t().failed;
  return (
    <>
      <FailedFilter label={words.filterMessages} address={address} />
      <section class="panel" aria-label={words.messages}>
        <FailedTable key={`${address.queue} ${address.q} ${address.cursor}`} address={address} />
      </section>
    </>
  );
}
