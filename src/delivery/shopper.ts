import { type MatchKey, matchKeys } from '../event/match-keys.ts';
import { missingReason } from '../event/missing-keys.ts';
import type { EventLog, Offset } from '../log/log.ts';
import type { Store } from '../store/store.ts';
import { gather } from './gather.ts';
import { matchableOf } from './missing-keys.ts';
import { type Recalled, unknown } from './recall.ts';

interface Missing {
  readonly key: MatchKey;
  readonly says: string;
  readonly remedy: string;
}

/**
 * What the event at that place takes of what is known of its shopper by now, and which match keys it lacks all the same, with
 * the reasons. Nothing is known of one whose body is gone.
 */
export async function shopperOf(
  log: EventLog,
  store: Store,
  site: string,
  offset: Offset,
): Promise<{ readonly recalled: readonly Recalled[]; readonly missing: readonly Missing[] }> {
  const [found] = await gather(log, store, site, await log.get(site, [offset]));
  if (!found?.event) return { recalled: [], missing: [] };
  const { lacks } = found.matchable ?? matchableOf(found.event, unknown);
  const missing = matchKeys.flatMap((key) => {
    const code = lacks[key];
    const reason = code === undefined ? undefined : missingReason(key, code);
    return reason ? [{ key, ...reason }] : [];
  });
  return { recalled: found.recalled ?? [], missing };
}
