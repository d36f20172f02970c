import { html } from 'hono/html';
import { isFields } from '../events-api/event-rules.ts';
import type { Reason, ToldReport } from '../journal/conversion-counting.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { isMerged } from '../journal/summary.ts';
import type { Markup, Tone } from './page-elements.ts';
import { badge, clock, isPlain, json, short } from './page-elements.ts';

/** How many reports of one event are written out. */
const shownReports = 4;

const labels: Readonly<Record<Reason, readonly [label: string, tone: Tone]>> = {
  conversion: ['conversion', 'good'],
  'page-load': ['page view', 'plain'],
  'no-goal': ['no goal', 'doubt'],
  'no-action': ['no name', 'doubt'],
  'consent-denied': ['consent denied', 'doubt'],
  'not-readable': ['not readable', 'bad'],
  'unknown-tag': ['unknown tag', 'bad'],
};

/** One event: what it is, whether it counts and why, and what each side said of it. */
export function eventCard(event: JournalEvent): Markup {
  const { tagId, eventId, eventName, eventType, server, browser, reason, doubtful, why } = event;
  const reports = [
    ...browser.map((report) => ({ side: 'browser', report })),
    ...server.map((report) => ({ side: 'server', report })),
  ];
  const stands = reports.find(({ report }) => report.void === undefined && report.duplicateOf === undefined) ?? reports[0];
  if (stands === undefined) return html``;
  const [label, tone] = labels[reason];
  const value = moneyOf(stands.report);
  const both = browser.length > 0 && server.length > 0;
  return html`<li class="card ${tone} ${both ? 'wide' : ''}">
<div class="line"><strong><bdi>${short(eventName ?? eventType)}</bdi></strong>
${badge(label, tone)}${isMerged(event) ? badge('merged', 'both') : ''}${doubtful ? badge(reason === 'conversion' ? 'may count twice' : reason === 'page-load' ? 'told twice' : 'not merged', 'bad') : ''}${reports.length > 1 ? badge(`${reports.length} reports`, 'plain') : ''}
${value === '' ? '' : html`<span class="value"><bdi>${short(value)}</bdi></span>`}</div>
<p>${short(why, 600)}</p>
<div class="line quiet">${both ? '' : html`<span>told by the ${stands.side} alone</span>`}${clock(stands.report.at)}<span>tag <bdi>${short(tagId)}</bdi></span><span>event id <bdi>${eventId === null ? 'none' : short(eventId)}</bdi></span></div>
${both ? comparison(browser[0], server[0]) : html`<div class="line">${carried(stands.report).map((name) => badge(name, 'plain'))}</div>`}
${reports.flatMap(({ report }) => (report.warnings.length > 0 ? [warningList(report.warnings)] : []))}
${reports.slice(0, shownReports).map(({ side, report }) => reportDetails(report, reports.length > 1 ? side : ''))}
${reports.length > shownReports ? html`<p class="quiet">${reports.length - shownReports} more reports: <a href="/journal/events">/journal/events</a></p>` : ''}
</li>`;
}

/** The first report of each side, row by row, with what differs marked. */
function comparison(browser: ToldReport | undefined, server: ToldReport | undefined): Markup {
  if (browser === undefined || server === undefined) return html``;
  const [left, right] = [rowsOf(browser), rowsOf(server)];
  const names = [...left.keys()].filter((name) => left.get(name) !== '' || right.get(name) !== '');
  return html`<table><thead><tr><td></td>${head('Browser', browser)}${head('Server', server)}</tr></thead><tbody>
${names.map((name) => {
  const [a, b] = [left.get(name) ?? '', right.get(name) ?? ''];
  const differs = mustAgree.has(name) && a !== '' && b !== '' && a !== b;
  return html`<tr class="${differs ? 'differs' : ''}"><th scope="row">${name}${differs ? html`<span class="bad"> differs</span>` : ''}</th>${cell(name, a, b)}${cell(name, b, a)}</tr>`;
})}</tbody></table>`;
}

function head(side: string, report: ToldReport): Markup {
  const stands = report.duplicateOf === undefined ? badge('stands', 'good') : badge('copy', 'plain');
  const state = report.void === undefined ? stands : badge(...labels[report.void]);
  return html`<th scope="col"><span class="line">${side} ${state} <span class="quiet">${clock(report.at)}</span></span></th>`;
}

/** Of names in a row, those that the other side lacks stand out. */
function cell(name: string, value: string, other: string): Markup {
  if (value === '') return html`<td class="quiet">–</td>`;
  if (!listing.has(name)) return html`<td><bdi>${short(value, 120)}</bdi></td>`;
  const others = new Set(other.split(' '));
  const names = value.split(' ').map((each, at, all) => {
    const comma = at === all.length - 1 ? '' : ', ';
    return others.has(each) ? html`<bdi>${each}</bdi>${comma}` : html`<b><bdi>${each}</bdi></b>${comma}`;
  });
  return html`<td>${names}</td>`;
}

const mustAgree = new Set(['Name', 'Event id', 'Value', 'Order', 'Consent']);
const listing = new Set(['Who', 'Data']);

function rowsOf(report: ToldReport): Map<string, string> {
  const { event } = report;
  const data = isFields(event.customData) ? event.customData : {};
  const plain = (value: unknown): string => (isPlain(value) ? String(value) : '');
  return new Map([
    ['Name', plain(event.eventName)],
    ['Event id', plain(event.eventId)],
    ['Value', moneyOf(report)],
    ['Order', plain(data.transactionId)],
    ['Who', carried(report).join(' ')],
    [
      'Data',
      Object.keys(data)
        .slice(0, 30)
        .map((name) => short(name.replaceAll(' ', '_'), 40))
        .join(' '),
    ],
    ['Page', plain(event.eventSourceUrl)],
    ['Page load', plain(event.pageLoadId)],
    ['Consent', plain(event.adStorageConsent)],
  ]);
}

function moneyOf({ event }: ToldReport): string {
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

/** Which identifiers the report has. */
function carried({ event: { userData } }: ToldReport): string[] {
  if (!isFields(userData)) return [];
  return identifierNames.filter((name) => typeof userData[name] === 'string' && userData[name] !== '');
}

function reportDetails({ id, at, event, parameters, duplicateOf }: ToldReport, side: string): Markup {
  const copy = duplicateOf === undefined ? '' : ', does not count';
  return html`<details data-key="event-${id}"><summary>Raw JSON${side === '' ? '' : html` of the ${side}'s report at ${clock(at)}${copy}`}</summary>
<pre tabindex="0">${json(event)}</pre>${parameters === undefined ? '' : html`<p class="quiet">The beacon as it came:</p><pre tabindex="0">${json(parameters)}</pre>`}</details>`;
}

function warningList(warnings: ToldReport['warnings']): Markup {
  return html`<ul class="warnings">${warnings.map(
    ({ propertyName, errorMessage }) =>
      html`<li><code><bdi>${short(propertyName)}</bdi></code> was removed: <bdi>${short(errorMessage)}</bdi></li>`,
  )}</ul>`;
}
