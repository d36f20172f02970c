import { describeUsedReport } from '../../kit/explain.ts';
import { isFields } from '../../kit/fields.ts';
import { type ListedReport, listReports, type ReportSource } from '../../kit/report.ts';
import type { Settings } from '../settings.ts';
import type { GoogleReport, ReceivedReport, ReportGroup } from './report.ts';

/** Google's verdict on the last report of a server. */
export type Verdict = 'processing' | 'accepted' | 'refused' | 'none';

/** Everything that was reported about one conversion, and whether and why Google Ads would count it. */
export interface JournalEvent {
  readonly actionId: string | null;
  /** The name of the action, or its label. */
  readonly actionName: string;
  readonly transactionId: string | null;
  /** Reports in the order of arrival. */
  readonly server: readonly ListedReport<GoogleReport>[];
  readonly browser: readonly ListedReport<GoogleReport>[];
  /** The source of the report that made the conversion. */
  readonly counted: ReportSource | 'none';
  readonly isMerged: boolean;
  /** Reports after the first: each restates the value. */
  readonly adjustments: number;
  /** The value that counts: the first one, as restated. */
  readonly value: number | null;
  readonly currency: string | null;
  readonly matchedBy: readonly string[];
  readonly verdict: Verdict;
  /** The reason why the last report of the server was refused. */
  readonly refusal: string | null;
  readonly why: string;
}

/** Returns the conversion as evaluated by the settings. */
export function toJournalEvent(group: ReportGroup, { actions, verdictAfterMs }: Settings, now: number): JournalEvent {
  const { actionId, sendTo, transactionId, reports } = group;
  const valid = reports.filter(({ report }) => report.void === undefined);
  const [first] = valid;
  const last = reports.findLast(({ source }) => source === 'server');
  const isReady = last !== undefined && now >= last.receivedAt + verdictAfterMs;
  const refusal = last?.report.void ?? null;
  const restated = valid.findLast(({ report }) => typeof report.event.conversionValue === 'number')?.report.event;
  const server = listReports(reports, 'server', first);
  const browser = listReports(reports, 'browser', first);
  const isMerged = valid.some(({ source }) => source === 'server') && valid.some(({ source }) => source === 'browser');
  const event: Omit<JournalEvent, 'why'> = {
    actionId,
    actionName:
      actions.find(({ id }) => id === actionId)?.name ?? (actionId === null ? (sendTo ?? 'no action') : `action ${actionId}`),
    transactionId,
    server,
    browser,
    counted: first?.source ?? 'none',
    isMerged,
    adjustments: Math.max(0, valid.length - 1),
    value: typeof restated?.conversionValue === 'number' ? restated.conversionValue : null,
    currency: typeof restated?.currency === 'string' ? restated.currency : null,
    matchedBy: listKeys(valid),
    verdict: last === undefined ? 'none' : !isReady ? 'processing' : refusal === null ? 'accepted' : 'refused',
    refusal,
  };
  return { ...event, why: explain(event, reports) };
}

/** Returns the keys of the first report. User data of a later one is added if it had none. */
function listKeys([first, ...later]: readonly ReceivedReport[]): readonly string[] {
  const keys = first?.report.matchedBy ?? [];
  const hasUserData = (list: readonly string[]) => list.includes('email') || list.includes('phone') || list.includes('address');
  const added = hasUserData(keys) ? undefined : later.find(({ report }) => hasUserData(report.matchedBy));
  return [...keys, ...(added?.report.matchedBy.filter((key) => ['email', 'phone', 'address'].includes(key)) ?? [])];
}

function explain(event: Omit<JournalEvent, 'why'>, reports: readonly ReceivedReport[]): string {
  const { counted, isMerged, adjustments, matchedBy, refusal, transactionId, verdict } = event;
  const sentences: string[] = [];
  if (counted === 'none')
    sentences.push(
      refusal === null
        ? 'Not counted: the tag reported it while storage for ads was denied.'
        : `Not counted: Google refuses it with ${refusal}.`,
    );
  else if (isMerged)
    sentences.push(`Counted once, from the ${counted}: tag and server reported the same transaction id to one action.`);
  else sentences.push(describeUsedReport(reports, counted));
  if (adjustments > 0)
    sentences.push(
      `${adjustments === 1 ? 'A later report' : `${adjustments} later reports`} restated the value, and added user data if it was missing.`,
    );
  if (counted !== 'none' && refusal !== null) sentences.push(`The server's last report was refused with ${refusal}.`);
  if (counted !== 'none' && matchedBy.length === 0)
    sentences.push('No key can match it to an ad click, so it appears in no report: send a click id or user data.');
  if (transactionId === null) sentences.push('It has no transaction id, so a second report would be counted again.');
  if (verdict === 'processing') sentences.push("Google's verdict on the server's report is still open.");
  return sentences.join(' ');
}

/** Returns the keys by which Google can match an event to an ad click. */
export function findMatchKeys({ adIdentifiers, userData }: Readonly<Record<string, unknown>>): readonly string[] {
  const clicks = isFields(adIdentifiers) ? ['gclid', 'gbraid', 'wbraid'].filter((name) => adIdentifiers[name] !== undefined) : [];
  const identifiers = isFields(userData) && Array.isArray(userData.userIdentifiers) ? userData.userIdentifiers : [];
  const kinds = [
    ['emailAddress', 'email'],
    ['phoneNumber', 'phone'],
    ['address', 'address'],
  ] as const;
  const persons = kinds.flatMap(([name, key]) =>
    identifiers.some((identifier: unknown) => isFields(identifier) && identifier[name] !== undefined) ? [key] : [],
  );
  return [...clicks, ...persons];
}
