import { type Fields, isFields } from '../../kit/fields.ts';
import { groupSimilar, takeCompared } from '../../kit/near-misses.ts';
import type { ReportSource } from '../../kit/report.ts';
import type { Settings } from '../settings.ts';
import type { CountedReport, NearMiss, Reason, ReportGroup } from './conversion-counting.ts';
import { isPageLoad, pageSpanMs } from './conversion-counting.ts';

/** Finds other events that look like the same thing as this one and were not merged with it. */
export type FindNearMisses = (group: ReportGroup, reason: Reason) => NearMiss[];

/**
 * Groups the newest events by what similar events share, in one pass, and returns the search over them. The kit's search compares two events
 * alone. Microsoft's depends on more: a goal decides whether an event is compared at all, as two refunds of one order are plausible; an order
 * is found however late, an id within the window; and page loads are compared by the times of their views, apart for each source.
 */
export function createNearMissSearch(groups: ReadonlySet<ReportGroup>, { dedupWindowMs }: Settings): FindNearMisses {
  const newest = new Set(takeCompared(groups));
  const byKey = groupSimilar(newest, ({ tagId, reports }) => reports.flatMap((received) => similarityKeys(tagId, received)));
  const get = (key: string | undefined): ReportGroup[] => (key === undefined ? [] : [...(byKey.get(key) ?? [])]);

  /** Finds events that only the other source reported: the same id under another name, or the same order. */
  function findUnmerged(group: ReportGroup): NearMiss[] {
    const source = getOnlySource(group);
    if (source === undefined) return [];
    return [...get(idKey(group.tagId, group.event)), ...get(orderKey(group.tagId, group.event))]
      .filter(
        (other) =>
          isAnother(other, group) &&
          other.reports.every((report) => report.source !== source) &&
          Math.abs(other.firstAt - group.firstAt) <= dedupWindowMs,
      )
      .map((other) => toNearMiss(group, other))
      .slice(0, 1);
  }

  /** Finds events of the same order and name, whichever source reported them. */
  function findSameOrder(group: ReportGroup): NearMiss[] {
    const keys = new Set(group.reports.map(({ report }) => orderKey(group.tagId, report.event)));
    const others = new Set([...keys].flatMap(get).filter((other) => isAnother(other, group)));
    return [...others].map((other) => toNearMiss(group, other));
  }

  /** Finds a page load that the other source reported of the same URL at nearly the same time. */
  function findPageLoad(group: ReportGroup): NearMiss[] {
    const [first] = group.reports;
    const source = getOnlySource(group);
    if (first === undefined || source === undefined) return [];
    const other = source === 'server' ? 'browser' : 'server';
    const viewedAt = toViewTime(first);
    const bucket = toPageViewBucket(viewedAt);
    const isFound = [bucket - 1, bucket, bucket + 1]
      .flatMap((each) => get(pageKey(group.tagId, other, group.event, each)))
      .some(
        (member) => hasValidReport(member) && member.reports.some((one) => Math.abs(toViewTime(one) - viewedAt) <= pageSpanMs),
      );
    return isFound ? [{ sources: other, isSameSource: false, differs: 'page-load', eventName: '' }] : [];
  }

  return (group, reason) => {
    if (!newest.has(group)) return [];
    if (reason === 'conversion') return [...findUnmerged(group), ...findSameOrder(group)].filter(isFirstOfKind);
    if (reason === 'page-load') return findPageLoad(group);
    // Two refunds of one order are plausible, so an event without a goal is compared with the other source alone.
    return reason === 'no-goal' ? findUnmerged(group) : [];
  };
}

/** Returns the keys of a report that similar reports share. A page load is recognized by its URL alone. */
function similarityKeys(tagId: string, received: CountedReport): string[] {
  const { event } = received.report;
  const keys = isPageLoad(event.eventType)
    ? [pageKey(tagId, received.source, event, toPageViewBucket(toViewTime(received)))]
    : [idKey(tagId, event), orderKey(tagId, event)];
  return keys.filter((key) => key !== undefined);
}

const idKey = (tagId: string, event: Fields): string | undefined => {
  const id = getEventId(event);
  return id === undefined ? undefined : JSON.stringify(['id', tagId, id]);
};

/** Returns the key of an order under one event name; the name's case is ignored. */
function orderKey(tagId: string, { eventName, customData }: Fields): string | undefined {
  const order = isFields(customData) ? customData.transactionId : undefined;
  const name = typeof eventName === 'string' ? eventName.toLowerCase() : '';
  return typeof order === 'string' && order !== '' ? JSON.stringify(['order', tagId, name, order]) : undefined;
}

/** Returns the key of a URL, without its fragment, that one source reported within one bucket of time. */
function pageKey(tagId: string, source: ReportSource, { eventSourceUrl }: Fields, bucket: number): string | undefined {
  if (typeof eventSourceUrl !== 'string' || eventSourceUrl === '') return undefined;
  return JSON.stringify(['page', tagId, source, bucket, eventSourceUrl.split('#', 1)[0]]);
}

const toPageViewBucket = (ms: number): number => Math.floor(ms / pageSpanMs);

/** The year 2286. A time below a thousandth of it is in seconds. */
const latestMs = 10_000_000_000_000;

/** Returns the time of the page view in UNIX milliseconds: the event time of a server's report, the arrival of a beacon. */
function toViewTime({ source, report: { event, at } }: CountedReport): number {
  const time = source === 'server' ? Number(event.eventTime) : Number.NaN;
  // Event times in milliseconds are accepted if the settings allow them.
  if (time > 0 && time < latestMs) return time < latestMs / 1_000 ? time * 1_000 : time;
  return Date.parse(at);
}

/** Excludes events with the same key: a later one after the deduplication window already explains itself. */
const isAnother = (other: ReportGroup, group: ReportGroup): boolean =>
  other !== group &&
  (group.key === undefined || other.key !== group.key) &&
  hasValidReport(other) &&
  !isPageLoad(other.event.eventType);

const hasValidReport = ({ reports }: ReportGroup): boolean => reports.some(({ report }) => report.void === undefined);

/** Returns the source of all reports; undefined if both sources reported the event. */
function getOnlySource({ reports: [first, ...others] }: ReportGroup): ReportSource | undefined {
  return others.every(({ source }) => source === first?.source) ? first?.source : undefined;
}

function toNearMiss(group: ReportGroup, { reports, event }: ReportGroup): NearMiss {
  const [source, ...others] = new Set(reports.flatMap(({ source, report }) => (report.void === undefined ? [source] : [])));
  const [id, otherId] = [getEventId(group.event), getEventId(event)];
  const isIdMissing = id === undefined || otherId === undefined;
  return {
    sources: source === undefined || others.length > 0 ? 'both' : source,
    isSameSource: others.length === 0 && group.reports.every((report) => report.source === source),
    differs: isIdMissing ? (id === otherId ? 'no-ids' : 'no-id') : id === otherId ? 'name' : 'id',
    eventName: typeof event.eventName === 'string' ? event.eventName : '',
  };
}

const getEventId = ({ eventId }: Fields): string | undefined =>
  typeof eventId === 'string' && eventId !== '' ? eventId : undefined;

/** Keeps one near miss of each sentence that `why` would repeat. */
const isFirstOfKind = (near: NearMiss, at: number, all: readonly NearMiss[]): boolean =>
  all.findIndex(
    ({ sources, differs, eventName }) =>
      sources === near.sources && differs === near.differs && (differs !== 'name' || eventName === near.eventName),
  ) === at;
