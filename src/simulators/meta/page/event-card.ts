import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { badge, formatClock, formatJson, isPlain, type Markup, truncate } from '../../kit/page-elements.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import type { JournalReport } from '../journal/report.ts';

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
${reports.slice(0, shownReports).map(({ source, report }) => reportDetails(report, reports.length > 1 ? source : ''))}
${reports.length > shownReports ? html`<p class="quiet">${reports.length - shownReports} more reports: <a href="journal/events">/journal/events</a></p>` : ''}
</li>`;
}

function matchKeys({ matchedBy }: JournalEvent): Markup {
  if (matchedBy.length === 0) return html``;
  return html`<div class="line quiet"><span>matched by</span>${matchedBy.map((key) => badge(key, 'plain'))}</div>`;
}

/** Compares the first report of each source row by row and marks differences. */
function comparison(browser: JournalReport | undefined, server: JournalReport | undefined): Markup {
  if (browser === undefined || server === undefined) return html``;
  const [left, right] = [toRows(browser), toRows(server)];
  const names = [...left.keys()].filter((name) => left.get(name) !== '' || right.get(name) !== '');
  return html`<table><thead><tr><td></td>${head('Browser', browser)}${head('Server', server)}</tr></thead><tbody>
${names.map((name) => {
  const [a, b] = [left.get(name) ?? '', right.get(name) ?? ''];
  const differs = comparedRows.has(name) && a !== '' && b !== '' && a !== b;
  return html`<tr class="${differs ? 'differs' : ''}"><th scope="row">${name}${differs ? html`<span class="bad"> differs</span>` : ''}</th>${cell(name, a, b)}${cell(name, b, a)}</tr>`;
})}</tbody></table>`;
}

function head(source: string, report: JournalReport): Markup {
  const state = report.duplicateOf === undefined ? badge('used', 'good') : badge('duplicate', 'plain');
  return html`<th scope="col"><span class="line">${source} ${state} <span class="quiet">${formatClock(report.at)}</span></span></th>`;
}

/** Shows one value. In a list of names, those that the other source does not have are bold. */
function cell(name: string, value: string, other: string): Markup {
  if (value === '') return html`<td class="quiet">–</td>`;
  if (!listRows.has(name)) return html`<td><bdi>${truncate(value, 120)}</bdi></td>`;
  const others = new Set(other.split(' '));
  const names = value.split(' ').map((each, at, all) => {
    const comma = at === all.length - 1 ? '' : ', ';
    const shown = html`<bdi>${each.split('_').map((part, nth) => (nth === 0 ? part : html`_<wbr>${part}`))}</bdi>`;
    return others.has(each) ? html`${shown}${comma}` : html`<b>${shown}</b>${comma}`;
  });
  return html`<td>${names}</td>`;
}

const comparedRows = new Set(['Value', 'Order', 'fbp', 'fbc', 'External id']);
const listRows = new Set(['Matched by', 'Custom data']);

function toRows({ event, matchedBy }: JournalReport): Map<string, string> {
  const data = isFields(event.custom_data) ? event.custom_data : {};
  const person = isFields(event.user_data) ? event.user_data : {};
  const plain = (value: unknown): string =>
    isPlain(value) ? String(value) : Array.isArray(value) ? value.filter(isPlain).join(', ') : '';
  const names = Object.keys(data)
    .slice(0, 30)
    .map((name) => truncate(name.replaceAll(' ', '_'), 40));
  return new Map([
    ['Event id', plain(event.event_id)],
    ['Value', [data.value, data.currency].filter(isPlain).join(' ')],
    ['Order', plain(data.order_id)],
    ['Matched by', matchedBy.join(' ')],
    ['External id', plain(person.external_id)],
    ['fbp', plain(person.fbp)],
    ['fbc', plain(person.fbc)],
    ['Custom data', names.join(' ')],
    ['Page', plain(event.event_source_url)],
  ]);
}

export function formatValue({ event }: JournalReport): string {
  const data = isFields(event.custom_data) ? event.custom_data : {};
  return isPlain(data.value) && data.value !== '' ? [data.value, data.currency].filter(isPlain).join(' ') : '';
}

function reportDetails({ id, at, event, parameters, duplicateOf }: JournalReport, source: string): Markup {
  const suffix = duplicateOf === undefined ? '' : ', duplicate';
  return html`<details data-key="event-${id}"><summary>Raw JSON${source === '' ? '' : html` of the ${source}'s report at ${formatClock(at)}${suffix}`}</summary>
<pre tabindex="0">${formatJson(event)}</pre>${parameters === undefined ? '' : html`<p class="quiet">The beacon as received:</p><pre tabindex="0">${formatJson(parameters)}</pre>`}</details>`;
}

function warningList(warnings: JournalReport['warnings'], source: string): Markup {
  return html`<ul class="warnings">${warnings.map(
    ({ field, message }) => html`<li>${source}: <code><bdi>${truncate(field)}</bdi></code> <bdi>${truncate(message)}</bdi></li>`,
  )}</ul>`;
}
