import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import type { Markup, Tone } from '../../kit/page-elements.ts';
import { badge, formatClock, formatJson, isPlain, truncate } from '../../kit/page-elements.ts';
import type { JournalReport, Reason } from '../journal/conversion-counting.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { isMerged } from '../journal/summary.ts';

/** Maximum number of reports that one card shows. */
const shownReports = 4;

export const reasonLabels: Readonly<Record<Reason, readonly [label: string, tone: Tone]>> = {
  conversion: ['conversion', 'good'],
  'page-load': ['page view', 'plain'],
  'no-goal': ['no goal', 'doubt'],
  'no-action': ['no name', 'doubt'],
  'consent-denied': ['consent denied', 'doubt'],
  'not-readable': ['not readable', 'bad'],
  'unknown-tag': ['unknown tag', 'bad'],
};

/** Shows one event, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { tagId, eventId, eventName, eventType, server, browser, reason, doubtful, why } = event;
  const reports = [
    ...browser.map((report) => ({ source: 'browser', report })),
    ...server.map((report) => ({ source: 'server', report })),
  ];
  const usedReport = reports.find(({ report }) => report.void === undefined && report.duplicateOf === undefined) ?? reports[0];
  if (usedReport === undefined) return html``;
  const [label, tone] = reasonLabels[reason];
  const value = formatValue(usedReport.report);
  const both = browser.length > 0 && server.length > 0;
  return html`<li class="card ${tone} ${both ? 'wide' : ''}">
<div class="line"><strong><bdi>${truncate(eventName ?? eventType)}</bdi></strong>
${badge(label, tone)}${isMerged(event) ? badge('merged', 'both') : ''}${doubtful ? badge(reason === 'conversion' ? 'may count twice' : reason === 'page-load' ? 'reported twice' : 'not merged', 'bad') : ''}${reports.length > 1 ? badge(`${reports.length} reports`, 'plain') : ''}
${value === '' ? '' : html`<span class="value"><bdi>${truncate(value)}</bdi></span>`}</div>
<p>${truncate(why, 600)}</p>
<div class="line quiet">${both ? '' : html`<span>reported by the ${usedReport.source} only</span>`}${formatClock(usedReport.report.at)}<span>tag <bdi>${truncate(tagId)}</bdi></span><span>event id <bdi>${eventId === null ? 'none' : truncate(eventId)}</bdi></span></div>
${both ? comparison(browser[0], server[0]) : html`<div class="line">${getIdentifiers(usedReport.report).map((name) => badge(name, 'plain'))}</div>`}
${reports.flatMap(({ report }) => (report.warnings.length > 0 ? [warningList(report.warnings)] : []))}
${reports.slice(0, shownReports).map(({ source, report }) => reportDetails(report, reports.length > 1 ? source : ''))}
${reports.length > shownReports ? html`<p class="quiet">${reports.length - shownReports} more reports: <a href="journal/events">/journal/events</a></p>` : ''}
</li>`;
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
  const usedReport = report.duplicateOf === undefined ? badge('used', 'good') : badge('duplicate', 'plain');
  const state = report.void === undefined ? usedReport : badge(...reasonLabels[report.void]);
  return html`<th scope="col"><span class="line">${source} ${state} <span class="quiet">${formatClock(report.at)}</span></span></th>`;
}

/** Shows one value. In a list of names, those that the other source does not have are bold. */
function cell(name: string, value: string, other: string): Markup {
  if (value === '') return html`<td class="quiet">–</td>`;
  if (!listRows.has(name)) return html`<td><bdi>${truncate(value, 120)}</bdi></td>`;
  const others = new Set(other.split(' '));
  const names = value.split(' ').map((each, at, all) => {
    const comma = at === all.length - 1 ? '' : ', ';
    return others.has(each) ? html`<bdi>${each}</bdi>${comma}` : html`<b><bdi>${each}</bdi></b>${comma}`;
  });
  return html`<td>${names}</td>`;
}

const comparedRows = new Set(['Name', 'Event id', 'Value', 'Order', 'Consent']);
const listRows = new Set(['Identifiers', 'Custom data']);

function toRows(report: JournalReport): Map<string, string> {
  const { event } = report;
  const data = isFields(event.customData) ? event.customData : {};
  const plain = (value: unknown): string => (isPlain(value) ? String(value) : '');
  return new Map([
    ['Name', plain(event.eventName)],
    ['Event id', plain(event.eventId)],
    ['Value', formatValue(report)],
    ['Order', plain(data.transactionId)],
    ['Identifiers', getIdentifiers(report).join(' ')],
    [
      'Custom data',
      Object.keys(data)
        .slice(0, 30)
        .map((name) => truncate(name.replaceAll(' ', '_'), 40))
        .join(' '),
    ],
    ['Page', plain(event.eventSourceUrl)],
    ['Page load', plain(event.pageLoadId)],
    ['Consent', plain(event.adStorageConsent)],
  ]);
}

export function formatValue({ event }: JournalReport): string {
  const data = isFields(event.customData) ? event.customData : {};
  const value = data.value ?? data.ecommTotalValue;
  return isPlain(value) && value !== '' ? [value, data.currency].filter(isPlain).join(' ') : '';
}

const identifierNames = [
  'msclkid',
  'em',
  'ph',
  'anonymousId',
  'externalId',
  'idfa',
  'gaid',
  'clientIpAddress',
  'clientUserAgent',
];

/** Returns the names of the report's identifiers. */
function getIdentifiers({ event: { userData } }: JournalReport): string[] {
  if (!isFields(userData)) return [];
  return identifierNames.filter((name) => typeof userData[name] === 'string' && userData[name] !== '');
}

function reportDetails({ id, at, event, parameters, duplicateOf }: JournalReport, source: string): Markup {
  const suffix = duplicateOf === undefined ? '' : ', duplicate';
  return html`<details data-key="event-${id}"><summary>Raw JSON${source === '' ? '' : html` of the ${source}'s report at ${formatClock(at)}${suffix}`}</summary>
<pre tabindex="0">${formatJson(event)}</pre>${parameters === undefined ? '' : html`<p class="quiet">The beacon as received:</p><pre tabindex="0">${formatJson(parameters)}</pre>`}</details>`;
}

function warningList(warnings: JournalReport['warnings']): Markup {
  return html`<ul class="warnings">${warnings.map(
    ({ propertyName, errorMessage }) =>
      html`<li><code><bdi>${truncate(propertyName)}</bdi></code> was removed: <bdi>${truncate(errorMessage)}</bdi></li>`,
  )}</ul>`;
}
