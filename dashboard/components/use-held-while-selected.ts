import { useEffect, useRef, useState } from 'preact/hooks';

/** A value as it is now; while something on the page is selected, as it was then, so that the selection stays. */
export function useHeldWhileSelected<T>(value: T): T {
  const [isSelected, setSelected] = useState(false);
  const held = useRef(value);
  useEffect(() => {
    const look = () => setSelected(getSelection()?.type === 'Range');
    document.addEventListener('selectionchange', look);
    return () => document.removeEventListener('selectionchange', look);
  }, []);
  if (!isSelected) held.current = value;
  return held.current;
}
