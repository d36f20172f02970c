import { getMatchTopic, listMatchKeys, type MatchKey, matchKeys } from '../../event/match-keys.ts';
import { describeMissingKey, type MatchTopic } from '../../event/missing-match-keys.ts';
import type { EventLog, Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/ports/store.ts';
import { noProfiles, type RecalledKey } from '../profiles/enrich-from-profile.ts';
import { explainMissingKeys, getMissingReason } from '../profiles/explain-missing-keys.ts';
import { loadEvents } from './load-events.ts';

/** The keys of an event, for the debugger. */
export interface MatchKeyReport {
  /** The keys that the event gets from its visitor's current profile. */
  readonly recalled: readonly RecalledKey[];
  /** The match keys that are still missing, with the reasons. */
  readonly missing: readonly (MissingText & { readonly key: MatchKey })[];
  /** Returns why a key of a platform is missing; `undefined` if the event is gone. */
  explain(topic: MatchTopic): MissingText | undefined;
}

interface MissingText {
  readonly says: string;
  readonly remedy: string;
}

const noReport: MatchKeyReport = { recalled: [], missing: [], explain: () => undefined };

/** Reports the match keys of an event. Empty if the event's body is gone. */
export async function reportMatchKeys(log: EventLog, store: Store, site: string, offset: Offset): Promise<MatchKeyReport> {
  const [found] = await loadEvents(log, store, site, await log.get(site, [offset]));
  const event = found?.event;
  if (!event) return noReport;
  const reasons = found.missingReasons ?? explainMissingKeys(event, noProfiles);
  const explain = (topic: MatchTopic) => describeMissingKey(topic, getMissingReason(reasons, topic, event));
  const has = new Set(event.consent.effective === 'denied' ? [] : listMatchKeys(event));
  const missing = matchKeys
    .filter((key) => !has.has(key))
    .flatMap((key) => {
      const reason = explain(getMatchTopic(key));
      return reason ? [{ key, ...reason }] : [];
    });
  return { recalled: found.recalled ?? [], missing, explain };
}
