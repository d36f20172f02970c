import { describeLate, describeUsedReport, formatSpan } from '../../kit/explain.ts';
import { toText } from '../../kit/fields.ts';
import { isEnough, personalKeys } from '../events-api/match-keys.ts';
import type { Settings } from '../settings.ts';
import type { NearMiss } from './near-misses.ts';
import type { ReceivedReport, ReportGroup, ReportUse } from './report.ts';

interface Evaluation {
  readonly first: ReceivedReport | undefined;
  readonly near: readonly NearMiss[];
  readonly settings: Settings;
  readonly useOf: (report: ReceivedReport) => ReportUse;
}

const voidTexts = {
  'not-readable': 'Not counted: the beacon has no pixel code or no event name.',
  'unknown-pixel': 'Not counted: the simulator was started with other pixels.',
  test: 'Not counted: it has a test code, so it is shown under Test Events only. TikTok does not state whether such events count.',
} as const;

/** Explains in sentences whether the event counts, how its reports were merged, and what is missing for a match. */
export function explain(group: ReportGroup, { first, near, settings, useOf }: Evaluation): string {
  if (first === undefined) return voidTexts[group.reports[0]?.report.void ?? 'not-readable'];
  return [
    describeUsedReport(group.reports, first.source),
    ...describeOthers(group, first, settings, useOf),
    ...describeWindow(group, settings),
    ...describeMatch(group, useOf),
    ...near.map((each) => describeNearMiss(each, toText(group.event.event))),
  ].join(' ');
}

function describeOthers(
  { reports, isByCookie }: ReportGroup,
  first: ReceivedReport,
  { dedupWindowMs, mergeWindowMs }: Settings,
  useOf: Evaluation['useOf'],
): readonly string[] {
  const others = reports.filter((one) => one !== first && one.report.void === undefined);
  const other = first.source === 'server' ? 'browser' : 'server';
  const sentences: string[] = [];
  const key = 'the same pixel code, event name and event id';
  if (others.some((one) => useOf(one) === 'merged'))
    sentences.push(`The ${other}'s report was merged: it has ${key}, and came within ${formatSpan(mergeWindowMs)}.`);
  const dropped = others.filter((one) => useOf(one) === 'dropped');
  if (isByCookie)
    sentences.push(
      `The server's report was dropped: one side has no event id, and the name and the cookie _ttp are equal within ${formatSpan(mergeWindowMs)}.`,
    );
  else if (dropped.length > 0)
    sentences.push(
      `${dropped.length === 1 ? 'A report was' : `${dropped.length} reports were`} dropped: ${key} within ${formatSpan(dedupWindowMs)}.`,
    );
  return sentences;
}

function describeWindow({ lateMs, key }: ReportGroup, { dedupWindowMs }: Settings): readonly string[] {
  if (lateMs !== undefined) return [describeLate(lateMs, dedupWindowMs)];
  return key === undefined ? ['It has no event id, so a resend would be counted again.'] : [];
}

function describeMatch({ reports }: ReportGroup, useOf: Evaluation['useOf']): readonly string[] {
  const used = reports.filter((one) => useOf(one) === 'first' || useOf(one) === 'merged');
  const keys = used.flatMap(({ report }) => report.matchedBy);
  if (!isEnough(keys)) return ['It has too few keys to match a person.'];
  if (keys.some((key) => personalKeys.has(key))) return [];
  return ['The match is weak, because no key identifies a person: add ttclid, email, phone, external_id or ttp.'];
}

function describeNearMiss({ kind, eventName }: NearMiss, own: string | null): string {
  return kind === 'name'
    ? `Not merged with an event with the same event id: its name is ${eventName || 'empty'}, this one's is ${own ?? 'empty'}.`
    : 'Not merged with an event of the same order: the event ids differ. TikTok does not compare order ids.';
}
