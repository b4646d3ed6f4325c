import './check-box.css';
import { useEffect, useRef } from 'preact/hooks';

/** A box to tick, with a name for those who do not see what it stands beside. */
export function CheckBox({
  label,
  isChecked,
  isSome = false,
  onChange,
}: {
  readonly label: string;
  readonly isChecked: boolean;
  /** Of one that stands for many: some of them are ticked. */
  readonly isSome?: boolean;
  readonly onChange: () => void;
}) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = isSome && !isChecked;
  }, [isSome, isChecked]);
  return (
    <span class="check-box">
      <input ref={box} type="checkbox" aria-label={label} checked={isChecked} onChange={onChange} />
    </span>
  );
}
