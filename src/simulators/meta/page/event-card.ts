import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { renderEventCard } from '../../kit/page/event-card.ts';
import { badge, isPlain, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { type ComparedReport, listNames, renderComparison } from '../../kit/page/report-comparison.ts';
import { type ListedReport, sortReports } from '../../kit/report.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import type { MetaReport } from '../journal/report.ts';

/** Shows one event, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { datasetId, eventId, eventName, eventType, server, browser, counted, mergedBy, doubtful, testEventCodes, why } = event;
  const { reports, used } = sortReports(event);
  if (used === undefined) return html``;
  const tone = counted === 'none' ? 'bad' : 'good';
  return renderEventCard<MetaReport>({
    title: eventName ?? 'no name',
    tone,
    isWide: mergedBy !== null,
    badges: [
      badge(counted === 'none' ? 'not counted' : `counted from the ${counted}`, tone),
      mergedBy === null ? '' : badge(`merged by ${mergedBy}`, 'both'),
      doubtful ? badge('may count twice', 'bad') : '',
      eventType === 'custom' && eventName !== null ? badge('custom event', 'plain') : '',
      ...testEventCodes.map((code) => badge(`test ${code}`, 'doubt')),
    ],
    value: formatValue(used.report),
    why,
    facts: html`<span>dataset <bdi>${truncate(datasetId)}</bdi></span>`,
    eventId,
    content: mergedBy === null ? matchKeys(event) : comparison(browser[0], server[0]),
    reports,
    at: used.report.at,
    renderWarning: ({ field, message }, source) =>
      html`${source}: <code><bdi>${truncate(field)}</bdi></code> <bdi>${truncate(message)}</bdi>`,
  });
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
