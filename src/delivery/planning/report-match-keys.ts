import { type MatchKey, matchKeys } from '../../event/match-keys.ts';
import { describeMissingKey } from '../../event/missing-match-keys.ts';
import type { EventLog, Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/store/store.ts';
import { noProfiles, type RecalledKey } from '../profiles/enrich-from-profile.ts';
import { explainMatchKeys } from '../profiles/explain-missing-keys.ts';
import { loadEvents } from './load-events.ts';

interface Missing {
  readonly key: MatchKey;
  readonly says: string;
  readonly remedy: string;
}

/**
 * Reports the keys that an event gets from its visitor's current profile, and the match keys that are still missing, with the reasons. Both
 * are empty if the event's body is gone.
 */
export async function reportMatchKeys(
  log: EventLog,
  store: Store,
  site: string,
  offset: Offset,
): Promise<{ readonly recalled: readonly RecalledKey[]; readonly missing: readonly Missing[] }> {
  const [found] = await loadEvents(log, store, site, await log.get(site, [offset]));
  if (!found?.event) return { recalled: [], missing: [] };
  const { lacks } = found.matchKeys ?? explainMatchKeys(found.event, noProfiles);
  const missing = matchKeys.flatMap((key) => {
    const code = lacks[key];
    const reason = code === undefined ? undefined : describeMissingKey(key, code);
    return reason ? [{ key, ...reason }] : [];
  });
  return { recalled: found.recalled ?? [], missing };
}
