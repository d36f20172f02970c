import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { badge, formatClock, isPlain, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { type ComparedReport, listNames, renderComparison, renderReportDetails } from '../../kit/page/report-comparison.ts';
import type { ListedReport } from '../../kit/report.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import type { PinterestReport } from '../journal/report.ts';

/** Maximum number of reports that one card shows. */
const shownReports = 4;

/** Shows one event, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { eventId, eventName, eventType, kind, server, browser, counted, isMerged, doubtful, why } = event;
  const reports = [
    ...browser.map((report) => ({ source: 'browser', report })),
    ...server.map((report) => ({ source: 'server', report })),
  ];
  const used = reports.find(({ report }) => report.duplicateOf === undefined) ?? reports[0];
  if (used === undefined) return html``;
  const value = formatValue(used.report);
  const tone = counted === 'none' ? 'bad' : kind === 'offline' ? 'doubt' : 'good';
  const label = counted === 'none' ? 'not counted' : kind === 'offline' ? 'counted as offline' : `counted from the ${counted}`;
  return html`<li class="card ${tone} ${isMerged ? 'wide' : ''}">
<div class="line"><strong><bdi>${truncate(eventName ?? 'no name')}</bdi></strong>
${badge(label, tone)}${isMerged ? badge('merged by event id', 'both') : ''}${doubtful ? badge('may count twice', 'bad') : ''}${reports.length > 1 ? badge(`${reports.length} reports`, 'plain') : ''}${eventType === 'custom' && eventName !== null ? badge('own name', 'plain') : ''}
${value === '' ? '' : html`<span class="value"><bdi>${truncate(value, 40)}</bdi></span>`}</div>
<p>${truncate(why, 1_000)}</p>
<div class="line quiet">${formatClock(used.report.at)}<span>${used.source === 'server' ? 'ad account' : 'tag'} <bdi>${truncate(used.report.account)}</bdi></span><span>event id <bdi>${eventId === null ? 'none' : truncate(eventId)}</bdi></span></div>
${isMerged ? renderReports(browser[0], server[0]) : renderMatchKeys(event)}
${reports.flatMap(({ source, report }) => (report.warnings.length > 0 ? [renderWarnings(report.warnings, source)] : []))}
${reports.slice(0, shownReports).map(({ source, report }) => renderReportDetails(report, reports.length > 1 ? source : ''))}
${reports.length > shownReports ? html`<p class="quiet">${reports.length - shownReports} more reports: <a href="journal/events">/journal/events</a></p>` : ''}
</li>`;
}

function renderMatchKeys({ matchedBy }: JournalEvent): Markup {
  if (matchedBy.length === 0) return html``;
  return html`<div class="line quiet"><span>matched by</span>${matchedBy.map((key) => badge(key, 'plain'))}</div>`;
}

/** Compares the first report of each source. */
function renderReports(
  browser: ListedReport<PinterestReport> | undefined,
  server: ListedReport<PinterestReport> | undefined,
): Markup {
  if (browser === undefined || server === undefined) return html``;
  return renderComparison(toCompared(browser), toCompared(server), { compared: comparedRows, lists: listRows });
}

function toCompared(report: ListedReport<PinterestReport>): ComparedReport {
  const state = report.duplicateOf === undefined ? badge('used', 'good') : badge('duplicate', 'plain');
  return { at: report.at, state, rows: toRows(report) };
}

const comparedRows = new Set(['Value', 'Order', 'E-mail', 'Click id']);
const listRows = new Set(['Matched by', 'Custom data']);

function toRows({ event, matchedBy }: PinterestReport): Map<string, string> {
  const data = isFields(event.custom_data) ? event.custom_data : {};
  const person = isFields(event.user_data) ? event.user_data : {};
  const plain = (value: unknown): string =>
    isPlain(value) ? String(value) : Array.isArray(value) ? value.filter(isPlain).join(', ') : '';
  return new Map([
    ['Event id', plain(event.event_id)],
    ['Value', [data.value, data.currency].filter(isPlain).join(' ')],
    ['Order', plain(data.order_id)],
    ['Matched by', matchedBy.join(' ')],
    ['E-mail', plain(person.em)],
    ['Click id', plain(person.click_id)],
    ['Custom data', listNames(data)],
    ['Page', plain(event.event_source_url)],
  ]);
}

export function formatValue({ event }: PinterestReport): string {
  const data = isFields(event.custom_data) ? event.custom_data : {};
  return isPlain(data.value) && data.value !== '' ? [data.value, data.currency].filter(isPlain).join(' ') : '';
}

function renderWarnings(warnings: PinterestReport['warnings'], source: string): Markup {
  return html`<ul class="warnings">${warnings.map(
    ({ message }) => html`<li>${source}: <bdi>${truncate(message)}</bdi></li>`,
  )}</ul>`;
}
