import { useRef, useState } from 'preact/hooks';

/** Whether something that was begun here is still under way, and what begins it; never twice at a time. */
export function useBusy(): [isBusy: boolean, run: (what: () => Promise<unknown>) => void] {
  const [isBusy, setBusy] = useState(false);
  const isOn = useRef(false);
  const run = (what: () => Promise<unknown>) => {
    if (isOn.current) return;
    isOn.current = true;
    setBusy(true);
    void what().finally(() => {
      isOn.current = false;
      setBusy(false);
    });
  };
  return [isBusy, run];
}
