import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { findMatchKeys } from '../../destinations/kit/find-match-keys.ts';
import type { MatchKeyKind } from '../../destinations/kit/matching.ts';
import { type EnrichedEvent, isTrusted } from '../../event/event.ts';
import { parseEventKey } from '../../event/event-key.ts';
import { isAdjustmentName } from '../../event/event-names.ts';
import type { Issue, Json } from '../../event/issue.ts';
import type { MissingReasons } from '../../event/missing-match-keys.ts';
import type { AppliedRules } from '../../event/rule.ts';
import { getLocalDay } from '../../event/time-zone.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { DeliveredOrder, RestatedOrder } from '../../storage/ports/order-ledger.ts';
import { noProfiles } from '../profiles/enrich-from-profile.ts';
import { explainMissingKeys, getMissingReason } from '../profiles/explain-missing-keys.ts';
import { type SentValues, toDeliveredOrder } from './delivered-order.ts';

/** One event of a request. */
export interface BatchMember {
  readonly offset: Offset;
  readonly eventName: string;
  readonly eventId: string;
  /** The record's bytes in the event log, which a dead letter keeps. */
  readonly bytes: Uint8Array;
  /** The payload as JSON. Empty if the request is stored. */
  readonly text: string;
  /** The payload's group, if the platform has groups. Members of different groups never share a request. */
  readonly group?: string;
  /** Size of the payload in the body, in bytes. */
  readonly size: number;
  /** The mapping's warnings. */
  readonly issues: readonly Issue[];
  /** Set if a browser's report filled in fields. If the platform refuses the event, the trusted report is sent alone. */
  readonly isMerged?: true;
  /** The order that is kept once the platform has accepted it. */
  readonly order?: DeliveredOrder;
  /** Set if the event is a refund or cancellation. */
  readonly isAdjustment?: true;
  /** The change of a delivered order that is kept once the platform has accepted it. */
  readonly restated?: RestatedOrder;
  /** The payload's match keys and the event's day. Absent if the event is gone; it is then not counted. */
  readonly match?: Match;
}

/** The contribution of one delivered event to the match quality. */
export interface Match {
  /** The day of the event's own time, in the time zone of the site: `YYYY-MM-DD`. */
  readonly day: string;
  /** The platform's keys that the payload has. */
  readonly keys: readonly string[];
  /** The platform's other keys, each with the reason. */
  readonly lacks: Readonly<Record<string, string>>;
}

/**
 * Returns the member for an event of a request that is sent again unchanged.
 * @param sent its payload in the request
 * @param rules those that applied when the request was made
 * @param values those that only the request knows
 */
export function memberFromAttempt(
  { offset, key, body }: LogRecord,
  sent: Json,
  { destination, timeZone }: SendingConnection,
  loaded?: StoredEvent,
  rules?: AppliedRules | null,
  values: SentValues = {},
): BatchMember {
  const { name, id: eventId, connection } = parseEventKey(key);
  const bytes = 'bytes' in body ? body.bytes : 'raw' in body ? body.raw : new Uint8Array();
  const event = loaded?.event;
  const merged = event && isMergedWithBrowser(event) ? { isMerged: true as const } : {};
  // The rules that applied are known by their names alone.
  const order = event && toDeliveredOrder(offset, destination.id, event, rules ? undefined : event, values);
  return {
    offset,
    eventName: rules?.name ?? name,
    eventId,
    bytes,
    text: '',
    size: 0,
    issues: [],
    ...merged,
    ...(order && { order }),
    ...(isAdjustmentName(name) && connection === undefined
      ? { isAdjustment: true as const }
      : loaded && getMatch(loaded, sent, { keys: destination.matching.keys, timeZone })),
  };
}

/** An event with its stored data. The event is absent if no report of it is left. */
interface StoredEvent {
  readonly event?: EnrichedEvent;
  /** Why it lacks match keys. */
  readonly missingReasons?: MissingReasons;
}

/** The connection of an attempt, as far as its members depend on it. */
interface SendingConnection {
  readonly destination: Pick<BoundDestination, 'id'> & { readonly matching: Pick<BoundDestination['matching'], 'keys'> };
  readonly timeZone: string;
}

/** The match keys of a platform, and the time zone of the days by which they are counted. */
interface Matching {
  readonly keys: readonly MatchKeyKind[];
  readonly timeZone: string;
}

/** Returns what a payload contributes to the match quality. */
export function getMatch(
  { event, missingReasons }: StoredEvent,
  payload: Json,
  { keys, timeZone }: Matching,
): Pick<BatchMember, 'match'> {
  if (!event) return {};
  const reasons = missingReasons ?? explainMissingKeys(event, noProfiles);
  const found = event.consent.effective === 'denied' ? [] : findMatchKeys(payload, keys);
  const lacks: Record<string, string> = {};
  const present: string[] = [];
  for (const kind of keys) {
    // The keys that were found are in the same order.
    if (kind === found[present.length]) present.push(kind.key);
    else lacks[kind.key] = getMissingReason(reasons, kind, event);
  }
  return { match: { day: getLocalDay(event.time, timeZone), keys: present, lacks } };
}

/** Returns whether a browser's report filled in fields of a trusted one. */
export function isMergedWithBrowser({ reporters }: EnrichedEvent): boolean {
  return reporters.includes('browser') && reporters.some((reporter) => isTrusted({ reporter }));
}
