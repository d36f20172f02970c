import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { badge, formatClock, isPlain, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { type ComparedReport, listNames, renderComparison, renderReportDetails } from '../../kit/page/report-comparison.ts';
import type { JournalEvent, JournalReport } from '../journal/journal-event.ts';
import type { ReportUse, TiktokReport } from '../journal/report.ts';

/** Maximum number of reports that one card shows. */
const shownReports = 4;

/** Shows one event, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { pixelCode, eventId, eventName, server, browser, counted, mergedBy, doubtful, reason, testEventCodes, why } = event;
  const reports = [
    ...browser.map((report) => ({ source: 'browser', report })),
    ...server.map((report) => ({ source: 'server', report })),
  ];
  const used = reports.find(({ report }) => report.use === 'first') ?? reports[0];
  if (used === undefined) return html``;
  const value = formatValue(used.report);
  const tone = counted !== 'none' ? 'good' : reason === 'test' ? 'doubt' : 'bad';
  return html`<li class="card ${tone} ${mergedBy === null ? '' : 'wide'}">
<div class="line"><strong><bdi>${truncate(eventName ?? 'no name')}</bdi></strong>
${badge(counted === 'none' ? 'not counted' : `counted from the ${counted}`, tone)}${mergedBy === null ? '' : badge(`one event by ${mergedBy}`, 'both')}${doubtful ? badge('may count twice', 'bad') : ''}${reports.length > 1 ? badge(`${reports.length} reports`, 'plain') : ''}${testEventCodes.map((code) => badge(`test ${code}`, 'doubt'))}
${value === '' ? '' : html`<span class="value"><bdi>${truncate(value, 40)}</bdi></span>`}</div>
<p>${truncate(why, 1_000)}</p>
<div class="line quiet">${formatClock(used.report.at)}<span>pixel <bdi>${truncate(pixelCode)}</bdi></span><span>event id <bdi>${eventId === null ? 'none' : truncate(eventId)}</bdi></span></div>
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
function comparison(browser: JournalReport | undefined, server: JournalReport | undefined): Markup {
  if (browser === undefined || server === undefined) return html``;
  return renderComparison(toCompared(browser), toCompared(server), { compared: comparedRows, lists: listRows });
}

const uses: Readonly<Record<ReportUse, Markup>> = {
  first: badge('counted', 'good'),
  merged: badge('merged', 'both'),
  dropped: badge('dropped', 'plain'),
  void: badge('void', 'bad'),
};

const toCompared = (report: JournalReport): ComparedReport => ({ at: report.at, state: uses[report.use], rows: toRows(report) });

const comparedRows = new Set(['Value', 'Order', 'E-mail', 'Phone', 'External id', 'ttp', 'ttclid']);
const listRows = new Set(['Matched by', 'Properties']);

function toRows({ event, matchedBy }: TiktokReport): Map<string, string> {
  const properties = isFields(event.properties) ? event.properties : {};
  const person = isFields(event.user) ? event.user : {};
  const page = isFields(event.page) ? event.page : {};
  const plain = (value: unknown): string =>
    isPlain(value) ? String(value) : Array.isArray(value) ? value.filter(isPlain).join(', ') : '';
  return new Map([
    ['Event id', plain(event.event_id)],
    ['Value', [properties.value, properties.currency].filter(isPlain).join(' ')],
    ['Order', plain(properties.order_id)],
    ['Matched by', matchedBy.join(' ')],
    ['E-mail', plain(person.email)],
    ['Phone', plain(person.phone)],
    ['External id', plain(person.external_id)],
    ['ttp', plain(person.ttp)],
    ['ttclid', plain(person.ttclid)],
    ['Properties', listNames(properties)],
    ['Page', plain(page.url)],
  ]);
}

export function formatValue({ event }: TiktokReport): string {
  const data = isFields(event.properties) ? event.properties : {};
  return isPlain(data.value) && data.value !== '' ? [data.value, data.currency].filter(isPlain).join(' ') : '';
}

function warningList(warnings: TiktokReport['warnings'], source: string): Markup {
  return html`<ul class="warnings">${warnings.map(
    ({ field, message }) => html`<li>${source}: <code><bdi>${truncate(field)}</bdi></code> <bdi>${truncate(message)}</bdi></li>`,
  )}</ul>`;
}
