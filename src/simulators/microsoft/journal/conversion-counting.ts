import type { EventGroup } from '../../kit/event-groups.ts';
import { countMore, formatSpan } from '../../kit/explain.ts';
import type { Report, ReportSource, SourcedReport } from '../../kit/report.ts';
import type { Detail } from '../events-api/validate.ts';
import type { Settings } from '../settings.ts';
import type { Adjustment } from './adjustment-row.ts';

/** The reasons why a report never counts. */
export type VoidCause = 'consent-denied' | 'not-readable' | 'unknown-tag';

/** One report of an event, as processed: without removed fields. */
export type MicrosoftReport = Report<VoidCause, Detail>;

export type CountedReport = SourcedReport<MicrosoftReport>;

/** All reports of one event. */
export interface ReportGroup extends EventGroup<MicrosoftReport> {
  readonly tagId: string;
}

/** Page loads of one URL with a longer interval are two views. */
export const pageSpanMs = 5_000;

/** The reason why an event is a conversion or not. */
export type Reason = 'conversion' | 'page-load' | 'no-goal' | 'no-action' | VoidCause | 'retracted';

/** Another event that looks like the same one and was not merged with it. */
export interface NearMiss {
  /** The sources that reported the other event. */
  readonly sources: ReportSource | 'both';
  /** Whether the same single source reported both events. */
  readonly isSameSource: boolean;
  readonly differs: 'name' | 'id' | 'no-id' | 'no-ids' | 'page-load';
  readonly eventName: string;
}

interface ExplainedEvent {
  readonly reports: readonly CountedReport[];
  readonly counted: CountedReport | undefined;
  readonly reason: Reason;
  readonly goals: readonly string[];
  readonly adjustments?: readonly Adjustment[];
  readonly eventName: string | null;
  /** Whether the event has an id by which duplicates are recognized. */
  readonly hasKey: boolean;
  /** Time since an event with the same key, if the deduplication window was over. */
  readonly lateMs: number | undefined;
  readonly near: readonly NearMiss[];
}

/** Returns the report that is used for the event; undefined if no report counts. */
export function selectCountedReport(reports: readonly CountedReport[], { dedupPolicy }: Settings): CountedReport | undefined {
  const valid = reports.filter(({ report }) => report.void === undefined);
  const preferred = dedupPolicy === 'server-wins' ? 'server' : dedupPolicy === 'browser-wins' ? 'browser' : undefined;
  return valid.find(({ source }) => source === preferred) ?? valid[0];
}

/** Returns whether the event is a conversion, given the report that is used. */
export function countReason(
  reports: readonly CountedReport[],
  counted: CountedReport | undefined,
  goals: readonly string[],
): Reason {
  if (counted === undefined) return reports[0]?.report.void ?? 'not-readable';
  const { eventType, eventName } = counted.report.event;
  if (isPageLoad(eventType)) return 'page-load';
  if (typeof eventName !== 'string' || eventName === '') return 'no-action';
  return goals.length > 0 ? 'conversion' : 'no-goal';
}

export const isPageLoad = (eventType: unknown): boolean =>
  typeof eventType === 'string' && eventType.toLowerCase() === 'pageload';

/** Explains the result in sentences. */
export function explainCount(one: ExplainedEvent, settings: Settings): string {
  const parts = [
    describeReason(one),
    describeDuplicates(one, settings),
    ...(one.adjustments ?? []).map(describeAdjustment),
    ...one.near.map((near) => describeNearMiss(near, one.eventName)),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function describeReason({ reason, goals, eventName, hasKey, reports }: ExplainedEvent): string {
  switch (reason) {
    case 'conversion': {
      const named = `Counts for the ${goals.length === 1 ? 'goal' : 'goals'} ${joinNames(goals)}`;
      return hasKey && reports.length === 1 ? `${named}: the first report with this tag, event id and event name.` : `${named}.`;
    }
    case 'page-load':
      return 'A page load is not a conversion: an event goal matches an action.';
    case 'no-goal':
      return `Not a conversion: no goal matches the action ${eventName ?? ''}.`;
    case 'no-action':
      return 'Not a conversion: the event has no name, and an event goal matches an action.';
    case 'consent-denied':
      return 'Not counted: consent was denied. Microsoft does not use denied events for advertising.';
    case 'not-readable':
      return 'Not counted: the beacon has no valid tag id, or its type is neither pageLoad nor custom.';
    case 'unknown-tag':
      return 'Not counted: the simulator was started with other tags.';
    case 'retracted':
      return 'Counted no more: the conversion was retracted.';
  }
}

function describeAdjustment({ conversionName, adjustmentType, value, currency }: Adjustment): string {
  return adjustmentType === 'Retract'
    ? `Retracted for the goal ${conversionName}.`
    : `Restated to ${value ?? 0}${currency === null ? '' : ` ${currency}`} for the goal ${conversionName}.`;
}

function describeDuplicates({ reports, counted, reason, hasKey, lateMs }: ExplainedEvent, settings: Settings): string {
  if (counted === undefined) return '';
  if (!hasKey) {
    return reason !== 'conversion' ? '' : 'It has no event id, so Microsoft cannot recognize a duplicate report.';
  }
  const { dedupWindowMs, dedupPolicy } = settings;
  const parts: string[] = [];
  const others = reports.filter((one) => one !== counted && one.report.void === undefined);
  if (others.some(({ source }) => source !== counted.source)) {
    const rule = dedupPolicy === 'first-wins' ? 'it came first' : `the policy is ${dedupPolicy}`;
    parts.push(
      `Browser and server were merged: same tag, event id and event name within ${formatSpan(dedupWindowMs)}. The ${counted.source}'s report is used, because ${rule}.`,
    );
  }
  const repeats = others.filter(({ source }) => source === counted.source).length;
  if (repeats > 0) {
    parts.push(
      `Counted once: the ${counted.source} sent ${countMore(repeats)} with the same tag, event id and event name within ${formatSpan(dedupWindowMs)}.`,
    );
  }
  for (const source of ['server', 'browser'] as const) {
    if (reports.some((one) => one.source === source && one.report.void === 'consent-denied')) {
      parts.push(`A report of the ${source} is not counted: it denies consent.`);
    }
  }
  if (lateMs !== undefined) {
    parts.push(
      `Not merged with the report ${formatSpan(lateMs)} earlier: the deduplication window is assumed to be ${formatSpan(dedupWindowMs)}, so both count.`,
    );
  }
  return parts.join(' ');
}

function describeNearMiss({ sources, isSameSource, differs, eventName }: NearMiss, own: string | null): string {
  const subject =
    sources === 'both' ? 'an event of browser and server' : `${isSameSource ? 'another' : 'a'} report of the ${sources}`;
  const other = `Not merged with ${subject}`;
  switch (differs) {
    case 'name':
      return `${other} with the same event id: its name is ${eventName || 'empty'}, this one's is ${own || 'empty'}.`;
    case 'id':
      return `${other} of the same order: the event ids differ.`;
    case 'no-id':
      return `${other} of the same order: one of them has no event id.`;
    case 'no-ids':
      return `${other} of the same order: neither has an event id.`;
    case 'page-load':
      return `The ${sources} reported a page load of the same URL within ${formatSpan(pageSpanMs)}. Page loads of the tag are not merged, so one view appears twice.`;
  }
}

const joinNames = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
