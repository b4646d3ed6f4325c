import { useEffect, useRef, useState } from 'preact/hooks';
import type { MessageDetail } from '../../../server/http/schemas/messages.ts';
import { pathOf } from '../../api/client.ts';
import { useHeldWhileSelected } from '../../components/use-held-while-selected.ts';
import { usePolled } from '../../live/use-polled.ts';

/** How often it is asked for, by its state: what has ended changes seldom. */
const PERIODS = { ready: 2000, delayed: 2000, reserved: 1000, failed: 5000, ended: 30_000 } as const;

/** A message as it is now. While something is selected it stays as it was; `isHeld`: there is something newer. */
export function useMessage(key: string, ref: string) {
  const [period, setPeriod] = useState<number>(PERIODS.reserved);
  const path = pathOf('/queues/{q}/messages/{ref}', { q: key, ref });
  const { data, error, isLoading, refresh } = usePolled<MessageDetail>(path, period);
  const state = data?.state;
  useEffect(() => {
    if (state !== undefined) setPeriod(PERIODS[state]);
  }, [state]);
  const last = useRef<MessageDetail | undefined>(undefined);
  if (data !== undefined) last.current = data;
  // What cannot be reached for a while is shown as it was.
  const newest = error?.status === 404 ? undefined : last.current;
  const shown = useHeldWhileSelected(newest);
  return { message: shown, last: last.current, isHeld: shown !== newest, error, isLoading, refresh };
}
