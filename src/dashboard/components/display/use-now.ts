import { useEffect, useState } from 'react';
import { gatewayClock } from '../../data/gateway-clock.ts';

/** Returns the gateway's time in UNIX milliseconds, updated every `everyMs`. Never updated if `everyMs` is undefined. */
export function useNow(everyMs: number | undefined): number {
  const [now, setNow] = useState(gatewayClock.now);
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => setNow(gatewayClock.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
