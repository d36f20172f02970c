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
import { isEnough } from '../events-api/match-keys.ts';
import type { Settings } from '../settings.ts';
import type { NearMiss } from './near-misses.ts';
import type { ReceivedReport, ReportGroup } from './report.ts';
import { findSimilarStandardEvent } from './standard-events.ts';

/** Keys that one person has. The others are shared by many. */
const personalKeys: ReadonlySet<string> = new Set(['em', 'ph', 'external_id', 'fbc', 'fbp']);

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
    ...describeName(group),
    ...near.map((each) => describeNearMiss(each, toText(group.event.event_name))),
  ];
  return sentences.join(' ');
}

function describeCount({ reports }: ReportGroup, counted: ReceivedReport | undefined): string {
  if (counted !== undefined) {
    return describeUsedReport(reports, counted.source);
  }
  return reports[0]?.report.void === 'unknown-dataset'
    ? 'Not counted: the simulator was started with other datasets.'
    : 'Not counted: the beacon has no dataset id or no event name.';
}

function describeMerge(group: ReportGroup, counted: ReceivedReport, settings: Settings): string[] {
  const { reports, mergedByPerson, lateMs } = group;
  const sentences: string[] = [];
  const others = reports.filter((one) => one !== counted);
  const span = formatSpan(settings.dedupWindowMs);
  if (others.some(({ source }) => source !== counted.source)) {
    const isFirst = counted === reports[0];
    const reason = isFirst
      ? 'it came first'
      : `it came within ${formatSpan(settings.browserFavouredMs)} of the server's, and Meta then favours the browser`;
    const shared =
      mergedByPerson === undefined
        ? `the same dataset, event name and event id within ${span}`
        : `the same event name and ${mergedByPerson} within ${span}, the fallback for events without an id`;
    sentences.push(`Browser and server were merged: ${shared}. The ${counted.source}'s report is used, because ${reason}.`);
  }
  const repeats = others.filter(({ source }) => source === counted.source).length;
  if (repeats > 0) {
    sentences.push(
      `The ${counted.source} sent ${countMore(repeats)} with the same dataset, event name and event id within ${span}.`,
    );
  }
  if (lateMs !== undefined) sentences.push(describeLate(lateMs, settings.dedupWindowMs));
  if (group.keys.size === 0) sentences.push('It has no event id, so a resend would be counted again.');
  return sentences;
}

/** Explains a match that is missing or weak, and keys that are lost with a duplicate. */
function describeMatch({ reports }: ReportGroup, { source, report: { matchedBy } }: ReceivedReport): string[] {
  const sentences: string[] = [];
  if (!isEnough(matchedBy)) sentences.push(`The ${source}'s report has too few keys to match a person.`);
  else if (!matchedBy.some((key) => personalKeys.has(key)))
    sentences.push('The match is weak, because no key identifies a person: add em, ph, external_id, fbc or fbp.');
  const lost = listLostKeys(reports, matchedBy);
  // @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/external-id (2025-12-05)
  const isReplaced = (key: string) => key === 'external_id' && matchedBy.includes('fbp');
  const missed = lost.filter((key) => !isReplaced(key));
  if (missed.length > 0) sentences.push(describeLostKeys(missed));
  if (lost.some(isReplaced)) sentences.push('It has no external_id, so Meta uses fbp as one. No action needed.');
  return sentences;
}

function describeName({ event: { event_name } }: ReportGroup): string[] {
  const name = toText(event_name) ?? '';
  const similar = findSimilarStandardEvent(name);
  return similar === undefined ? [] : [`A custom event: names are case-sensitive, and the standard event is ${similar}.`];
}

function describeNearMiss({ sources, kind, eventName }: NearMiss, own: string | null): string {
  const other = describeReporters(sources);
  switch (kind) {
    case 'name':
      return `Not merged with ${other} with the same event id: its name is ${eventName || 'empty'}, this one's is ${own ?? 'empty'}.`;
    case 'order':
      return `Not merged with ${other} of the same order: the event ids differ. Meta does not compare order ids.`;
    case 'server-first':
      return `Not merged with ${other} of the same name and person: one of them has no event id, and then the browser's must come first.`;
    case 'property':
      return `Not merged with ${other}: the browser sent the event id as a property. Pass it in the fourth argument of fbq.`;
  }
}
