import { type ChoicesView, type ConsentChoicesView, describeMissingCounts, nameBanner } from '../../../api/client.ts';
import { formatCountry, formatInZone, formatPercent, pluralize } from '../../components/display/format.ts';
import { describeRange } from '../../components/display/range-labels.ts';
import { getShareTrend, type Share } from '../../components/display/trends.ts';
import type { ResolvedRange } from '../../data/range.ts';

/** The choices of the events of one country or one banner. */
export interface ChoicesRow {
  readonly key: string;
  readonly name: string;
  readonly events: number;
  readonly shares: Readonly<Record<Choice, Share>>;
  /** Absent if the period before is not compared, or had no such event. */
  readonly before?: Readonly<Record<Choice, Share>>;
}

export const choices = ['granted', 'denied', 'unknown'] as const;
export type Choice = (typeof choices)[number];
export const choiceLabels = { granted: 'Granted', denied: 'Denied', unknown: 'No choice' } as const satisfies Record<
  Choice,
  string
>;

/** Returns a row for each country, the one with the most events first. */
export function listCountryRows(view: ConsentChoicesView, before: Earlier): readonly ChoicesRow[] {
  return compareRows(view.countries, comparable(before)?.countries, ({ country, isOther }) => ({
    key: country ?? (isOther ? 'other' : ''),
    name: country === undefined ? (isOther ? 'Other countries' : 'Not known') : formatCountry(country),
    isOther,
  }));
}

/** Returns a row for each banner, the one with the most events first. */
export function listBannerRows(view: ConsentChoicesView, before: Earlier): readonly ChoicesRow[] {
  return compareRows(view.banners, comparable(before)?.banners, (banner) => ({
    key: `${banner.source} ${banner.isOther ? 'other' : (banner.version ?? '')}`,
    name: nameBanner(banner),
    isOther: banner.isOther,
  }));
}

/** Returns a period only if all of its events are counted: parts of it would show changes that nobody made. */
function comparable(before: Earlier): ConsentChoicesView | undefined {
  return typeof before !== 'string' && before.isComplete ? before : undefined;
}

function compareRows<Row extends ChoicesView>(
  rows: readonly Row[],
  before: readonly Row[] | undefined,
  identify: (row: Row) => { readonly key: string; readonly name: string; readonly isOther: true | undefined },
): readonly ChoicesRow[] {
  const earlier = new Map(before?.map((row) => [identify(row).key, row]));
  return rows.map((row) => {
    const { key, name, isOther } = identify(row);
    // Those that are not named are others in each period.
    const then = isOther ? undefined : earlier.get(key);
    return { key, name, events: sumChoices(row), shares: toShares(row), ...(then && { before: toShares(then) }) };
  });
}

/** Returns whether a share has changed against the period before. */
export function hasTrend({ shares, before }: ChoicesRow): boolean {
  return choices.some((choice) => (getShareTrend(shares[choice], before?.[choice])?.direction ?? 'same') !== 'same');
}

function toShares(view: ChoicesView): Readonly<Record<Choice, Share>> {
  const all = sumChoices(view);
  return { granted: { part: view.granted, all }, denied: { part: view.denied, all }, unknown: { part: view.unknown, all } };
}

function sumChoices({ granted, denied, unknown }: ChoicesView): number {
  return granted + denied + unknown;
}

/** Returns the choices of all browser events in one sentence. */
export function summarizeChoices({ browsers }: ConsentChoicesView, range: Pick<ResolvedRange, 'range' | 'dayCount'>): string {
  const events = sumChoices(browsers);
  const [granted, denied, unknown] = choices.map((choice) => formatPercent(browsers[choice], events));
  return `${pluralize(events, 'browser event')} ${describeRange(range)}: ${granted} granted, ${denied} denied, ${unknown} without a choice.`;
}

/** Returns why not all events of the range are counted, with times in the zone of the site. */
export function describeMissing(view: ConsentChoicesView, now: number): string | undefined {
  return describeMissingCounts(view, now, (at) => formatInZone(at, view.timeZone, 'dayAndClock'));
}

/** The answer for the period before: not wanted, not there yet, or failed. */
export type Earlier = ConsentChoicesView | 'not-compared' | 'loading' | 'failed';

/** Returns why the range is not compared with the period before. Undefined if it is, or is not meant to be. */
export function describeUncompared(before: Earlier): string | undefined {
  if (before === 'failed') return 'Not compared: the period before could not be loaded.';
  if (typeof before === 'string' || before.isComplete) return undefined;
  return 'Not compared: the period before is not counted in full.';
}
