import { denialCodes } from '../../event/denial-codes.ts';
import { type EnrichedEvent, isTrusted } from '../../event/event.ts';
import { parseEventKey } from '../../event/event-key.ts';
import type { Issue } from '../../event/issue.ts';
import type { MissingReasons } from '../../event/missing-match-keys.ts';
import type { UnixMs } from '../../event/units.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { AbsentReason } from '../../storage/ports/reports.ts';
import type { RecalledKey } from '../profiles/enrich-from-profile.ts';

/** One record with its stored data. */
export interface LoadedEvent {
  readonly record: LogRecord;
  /** Whether the record is a duplicate of an event that another report stated first. */
  readonly isDuplicate: boolean;
  /** The primary report's offset, if the record is a duplicate. */
  readonly primary?: Offset;
  /** The number of duplicates of the record. */
  readonly duplicates: number;
  /** All reports merged, enriched from the profile. Absent if no report is left. */
  readonly event?: EnrichedEvent;
  /** When the event log received the report that dates the event. Default: when the event log received the record. */
  readonly loggedAt?: UnixMs;
  /** The keys that the event got from profiles, with their source. */
  readonly recalled?: readonly RecalledKey[];
  /** Why the event lacks match keys. The profiles themselves are not kept, because those of a page may have many megabytes. */
  readonly missingReasons?: MissingReasons;
  /** Contradictions between the reports that count. */
  readonly issues: readonly Issue[];
  /** Set if a browser's report is the primary one, and its totals are not the shop's, which the event log received at `shopAt`. */
  readonly claim?: { readonly mismatch: Issue; readonly shopAt: UnixMs };
  readonly absentReason: AbsentReason | undefined;
  /** The unconfirmed browser's report, which is sent if the shop's pending report never gets a consent. */
  readonly fallback?: MergedEvent;
}

/** An event merged from some of its reports. */
export interface MergedEvent extends Pick<LoadedEvent, 'record' | 'loggedAt' | 'recalled' | 'missingReasons' | 'issues'> {
  readonly event: EnrichedEvent;
}

/** Returns whether a server or webhook reported the event. If the report is unreadable, the record's key decides. */
export function isTrustedEvent({ record, event }: Pick<LoadedEvent, 'record' | 'event'>): boolean {
  if (event) return event.reporters.some((reporter) => isTrusted({ reporter }));
  const { reporter } = parseEventKey(record.key);
  return reporter !== undefined && isTrusted({ reporter });
}

/** Returns whether only browsers reported the purchase. */
export function isBrowserPurchase({ name, reporters }: Pick<EnrichedEvent, 'name' | 'reporters'>): boolean {
  return name === 'Purchase' && reporters.every((reporter) => reporter === 'browser');
}

/** Returns whether the event's reports, merged, deny consent. */
export function isDenied({ record: { body }, event }: LoadedEvent): boolean {
  return 'bytes' in body && event?.consent.effective === 'denied';
}

/** Returns the issues that stay with the event, however it ends. */
export function listDenialIssues({ issues }: Pick<LoadedEvent, 'issues'>): readonly Issue[] {
  return issues.filter(({ code }) => denialCodes.has(code));
}
