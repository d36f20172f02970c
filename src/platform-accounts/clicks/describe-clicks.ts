import { formatCount, formatPercent } from '../../event/format-numbers.ts';
import type { ClickCount, ClickReport, StoredClickCheck } from './click-check.ts';
import { sumCounts } from './click-comparison.ts';

/**
 * The state of a comparison. `waiting`: the first report is not read yet. `failed`: no report was ever read, and the last attempt had no
 * result. `none`: the platform reports no paid click. `no-events`: Convey received no events on the days of the paid clicks.
 */
type ClickState = 'not-connected' | 'waiting' | 'failed' | 'none' | 'no-events' | 'compared';

/** The sentences about a comparison, for dashboard and terminal alike. */
interface ClickSummary {
  readonly state: ClickState;
  readonly summary: string;
  /** The paid clicks of the days with events, and how many of them were captured. */
  readonly total: ClickCount;
  /** The limits of the comparison. */
  readonly notes: readonly string[];
}

const dayFormat = new Intl.DateTimeFormat('en', { timeZone: 'UTC', month: 'short', day: 'numeric' });
const formatPeriod = (since: string, until: string) => {
  const [first, last] = [since, until].map((day) => dayFormat.format(Date.parse(day)));
  return since === until ? `on ${last}` : `from ${first} to ${last}`;
};
const nothing: ClickCount = { paid: 0, captured: 0 };
const count = (clicks: number) => formatCount(clicks, 'paid click');

/** Describes the comparison of a connection. @param stored undefined if no account is connected. */
export function describeClicks(stored: StoredClickCheck | undefined): ClickSummary {
  if (!stored)
    return {
      state: 'not-connected',
      summary:
        'No account is connected, so its paid clicks are not known. Sign in on the settings of the connection to compare them with the captured ones.',
      total: nothing,
      notes: [],
    };
  const { report, pending, failure } = stored;
  if (report) return describeReport(report);
  return failure
    ? {
        state: 'failed',
        summary: 'No paid clicks have been compared: the last attempt had no result.',
        total: nothing,
        notes: [],
      }
    : { state: 'waiting', summary: pending ? requested : unasked, total: nothing, notes: [] };
}

const requested = 'The report of paid clicks was requested. The platform usually makes it within minutes.';
const unasked = 'No paid clicks have been compared yet. The report is requested within a minute.';

function describeReport(report: ClickReport): ClickSummary {
  const { days, since, until } = report;
  const period = formatPeriod(days[0]?.day ?? since, until);
  const total = sumCounts(days.filter(({ hasEvents }) => hasEvents));
  const unheard = days.filter(({ paid, hasEvents }) => paid > 0 && !hasEvents);
  const notes = listNotes(report, unheard.length);
  if (total.paid > 0) {
    const share = formatPercent(total.captured, total.paid);
    const summary = `Captured ${total.captured.toLocaleString('en-GB')} of ${count(total.paid)} (${share}) ${period}.`;
    return { state: 'compared', summary, total, notes };
  }
  if (unheard.length > 0) {
    const summary = `Convey received no events on the days of ${count(sumCounts(unheard).paid)} ${period}, so they are not compared.`;
    return { state: 'no-events', summary, total, notes };
  }
  return { state: 'none', summary: `The platform reports no paid clicks ${period}.`, total, notes };
}

function listNotes({ days, since, until, unpaid, withoutId }: ClickReport, unheardDays: number): readonly string[] {
  const isLonger = (days[0]?.day ?? since) < since;
  return [
    'A click is captured if a stored event has its click id. It is lost if the page does not load the pixel, if a redirect removes the click id, or if the visitor leaves early, blocks the pixel or denies consent.',
    'The report covers the whole account. Clicks to pages of other sites count as lost, so look for campaigns without any captured click.',
    'The report names no landing pages, so lost clicks are shown by campaign and keyword. Landing pages are those of captured clicks.',
    'Days are in UTC. Today is not compared: the platform completes a day some hours after its end.',
    ...(isLonger ? [`Campaigns and pages are those ${formatPeriod(since, until)}, whose events are still stored.`] : []),
    ...(unheardDays > 0 ? [`${formatCount(unheardDays, 'day')} with paid clicks left out: Convey received no events then.`] : []),
    ...(withoutId > 0 ? [`${count(withoutId)} of the report left out: without a click id.`] : []),
    ...(unpaid > 0
      ? [`${formatCount(unpaid, 'captured click')} not in the report: of another account, or not charged by the platform.`]
      : []),
  ];
}
