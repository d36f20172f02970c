import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { badge, formatClock, isPlain, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { type ComparedReport, listNames, renderComparison, renderReportDetails } from '../../kit/page/report-comparison.ts';
import type { ListedReport } from '../../kit/report.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import type { MetaReport } from '../journal/report.ts';

/** Maximum number of reports that one card shows. */
const shownReports = 4;

/** Shows one event, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { datasetId, eventId, eventName, eventType, server, browser, counted, mergedBy, doubtful, testEventCodes, why } = event;
  const reports = [
    ...browser.map((report) => ({ source: 'browser', report })),
    ...server.map((report) => ({ source: 'server', report })),
  ];
  const used = reports.find(({ report }) => report.duplicateOf === undefined) ?? reports[0];
  if (used === undefined) return html``;
  const value = formatValue(used.report);
  const tone = counted === 'none' ? 'bad' : 'good';
  return html`<li class="card ${tone} ${mergedBy === null ? '' : 'wide'}">
<div class="line"><strong><bdi>${truncate(eventName ?? 'no name')}</bdi></strong>
${badge(counted === 'none' ? 'not counted' : `counted from the ${counted}`, tone)}${mergedBy === null ? '' : badge(`merged by ${mergedBy}`, 'both')}${doubtful ? badge('may count twice', 'bad') : ''}${reports.length > 1 ? badge(`${reports.length} reports`, 'plain') : ''}${eventType === 'custom' && eventName !== null ? badge('custom event', 'plain') : ''}${testEventCodes.map((code) => badge(`test ${code}`, 'doubt'))}
${value === '' ? '' : html`<span class="value"><bdi>${truncate(value, 40)}</bdi></span>`}</div>
<p>${truncate(why, 1_000)}</p>
<div class="line quiet">${formatClock(used.report.at)}<span>dataset <bdi>${truncate(datasetId)}</bdi></span><span>event id <bdi>${eventId === null ? 'none' : truncate(eventId)}</bdi></span></div>
${mergedBy === null ? matchKeys(event) : comparison(browser[0], server[0])}
${reports.flatMap(({ source, report }) => (report.warnings.length > 0 ? [warningList(report.warnings, source)] : []))}
${reports.slice(0, shownReports).map(({ source, report }) => renderReportDetails(report, reports.length > 1 ? source : ''))}
${reports.length > shownReports ? html`<p class="quiet">${reports.length - shownReports} more reports: <a href="journal/events">/journal/events</a></p>` : ''}
</li>`;
}

function matchKeys({ matchedBy }: JournalEvent): Markup {
  if (matchedBy.length === 0) return html``;
  return html`<div class="line quiet"><span>matched by</span>${matchedBy.map((key) => badge(key, 'plain'))}</div>`;
}

/** Compares the first report of each source. */
function comparison(browser: ListedReport<MetaReport> | undefined, server: ListedReport<MetaReport> | undefined): Markup {
  if (browser === undefined || server === undefined) return html``;
  return renderComparison(toCompared(browser), toCompared(server), { compared: comparedRows, lists: listRows });
}

function toCompared(report: ListedReport<MetaReport>): ComparedReport {
  const state = report.duplicateOf === undefined ? badge('used', 'good') : badge('duplicate', 'plain');
  return { at: report.at, state, rows: toRows(report) };
}

const comparedRows = new Set(['Value', 'Order', 'fbp', 'fbc', 'External id']);
const listRows = new Set(['Matched by', 'Custom data']);

function toRows({ event, matchedBy }: MetaReport): Map<string, string> {
  const data = isFields(event.custom_data) ? event.custom_data : {};
  const person = isFields(event.user_data) ? event.user_data : {};
  const plain = (value: unknown): string =>
    isPlain(value) ? String(value) : Array.isArray(value) ? value.filter(isPlain).join(', ') : '';
  return new Map([
    ['Event id', plain(event.event_id)],
    ['Value', [data.value, data.currency].filter(isPlain).join(' ')],
    ['Order', plain(data.order_id)],
    ['Matched by', matchedBy.join(' ')],
    ['External id', plain(person.external_id)],
    ['fbp', plain(person.fbp)],
    ['fbc', plain(person.fbc)],
    ['Custom data', listNames(data)],
    ['Page', plain(event.event_source_url)],
  ]);
}

export function formatValue({ event }: MetaReport): string {
  const data = isFields(event.custom_data) ? event.custom_data : {};
  return isPlain(data.value) && data.value !== '' ? [data.value, data.currency].filter(isPlain).join(' ') : '';
}

function warningList(warnings: MetaReport['warnings'], source: string): Markup {
  return html`<ul class="warnings">${warnings.map(
    ({ field, message }) => html`<li>${source}: <code><bdi>${truncate(field)}</bdi></code> <bdi>${truncate(message)}</bdi></li>`,
  )}</ul>`;
}
