import { useId } from 'preact/hooks';
import type { History } from '../../server/http/schemas/queues.ts';
import { t } from '../language/language.ts';
import './window-picker.css';

export type HistoryWindow = History['window'];
export const HISTORY_WINDOWS: readonly HistoryWindow[] = ['2m', '1h', '24h', '7d'];

interface Props {
  readonly value: HistoryWindow;
  readonly onChange: (window: HistoryWindow) => void;
}

/** How far back charts go: one of a few. */
export function WindowPicker({ value, onChange }: Props) {
  const name = useId();
  const { window, windows } = t().charts;
  return (
    <fieldset class="window-picker">
      <legend class="visually-hidden">{window}</legend>
      {HISTORY_WINDOWS.map((each) => (
        <label key={each} title={windows[each].long}>
          <input
            type="radio"
            name={name}
            value={each}
            checked={each === value}
            aria-label={windows[each].long}
            onChange={() => onChange(each)}
          />
          <span aria-hidden="true">{windows[each].short}</span>
        </label>
      ))}
    </fieldset>
  );
}
