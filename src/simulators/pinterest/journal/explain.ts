import {
  countMore,
  describeLate,
  describeLostKeys,
  describeReporters,
  describeUsedReport,
  formatSpan,
  listLostKeys,
} from '../../kit/explain.ts';
import { toText } from '../../kit/fields.ts';
import type { Settings } from '../settings.ts';
import type { NearMiss } from './near-misses.ts';
import type { ReceivedReport, ReportGroup } from './report.ts';

/** Keys that one person has. The others are shared by many. */
const personalKeys: ReadonlySet<string> = new Set(['em', 'hashed_maids', 'click_id', 'external_id', 'ph']);

/** Explains in sentences whether the event counts, how its reports were merged, and what is missing for a match. */
export function explain(
  group: ReportGroup,
  counted: ReceivedReport | undefined,
  near: readonly NearMiss[],
  settings: Settings,
): string {
  const sentences = [
    describeCount(group, counted),
    ...(counted === undefined ? [] : [...describeMerge(group, counted, settings), ...describeMatch(group, counted)]),
    ...near.map((each) => describeNearMiss(each, toText(group.event.event_name))),
  ];
  return sentences.join(' ');
}

function describeCount({ reports, offlineAgeMs }: ReportGroup, counted: ReceivedReport | undefined): string {
  if (counted === undefined) return 'Not counted: the beacon has no tag id or no event name.';
  if (offlineAgeMs !== undefined)
    return `Counted as offline: it was received ${formatSpan(offlineAgeMs)} after it happened. Offline events are never merged.`;
  return describeUsedReport(reports, counted.source);
}

function describeMerge(group: ReportGroup, counted: ReceivedReport, settings: Settings): string[] {
  const { reports, lateMs, key, offlineAgeMs } = group;
  const sentences: string[] = [];
  const others = reports.filter((one) => one !== counted);
  const span = formatSpan(settings.dedupWindowMs);
  if (others.some(({ source }) => source !== counted.source))
    sentences.push(
      `Browser and server were merged: the same event name and event id within ${span}. The ${counted.source}'s report is used, because it came first.`,
    );
  const repeats = others.filter(({ source }) => source === counted.source).length;
  if (repeats > 0) {
    sentences.push(`The ${counted.source} sent ${countMore(repeats)} with the same event name and event id within ${span}.`);
  }
  if (lateMs !== undefined) sentences.push(describeLate(lateMs, settings.dedupWindowMs));
  if (key === undefined && offlineAgeMs === undefined)
    sentences.push("It has no event id, so it is merged with no other report: `pintrk('page')` sends none.");
  return sentences;
}

/** Explains a match that is weak, and keys that are lost with a duplicate. */
function describeMatch({ reports }: ReportGroup, { report: { matchedBy } }: ReceivedReport): string[] {
  const sentences: string[] = [];
  if (!matchedBy.some((key) => personalKeys.has(key)))
    sentences.push('The match is weak, because no key identifies a person: add em, click_id, external_id or ph.');
  const lost = listLostKeys(reports, matchedBy);
  if (lost.length > 0) sentences.push(describeLostKeys(lost));
  return sentences;
}

function describeNearMiss({ sources, kind, eventName }: NearMiss, own: string | null): string {
  const other = describeReporters(sources);
  switch (kind) {
    case 'name':
      return `Not merged with ${other} with the same event id: its name is ${eventName || 'empty'}, this one's is ${own ?? 'empty'}.`;
    case 'order':
      return `Not merged with ${other} of the same order: the event ids differ.`;
    case 'offline':
      return `Not merged with ${other} of the same name and id, because one of them is offline: both count.`;
  }
}
