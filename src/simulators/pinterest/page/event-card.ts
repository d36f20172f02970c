import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { renderEventCard } from '../../kit/page/event-card.ts';
import { badge, isPlain, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { type ComparedReport, listNames, renderComparison } from '../../kit/page/report-comparison.ts';
import { type ListedReport, sortReports } from '../../kit/report.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import type { PinterestReport } from '../journal/report.ts';

/** Shows one event, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { eventId, eventName, eventType, kind, server, browser, counted, isMerged, doubtful, why, matchedBy } = event;
  const { reports, used } = sortReports(event);
  if (used === undefined) return html``;
  const tone = counted === 'none' ? 'bad' : kind === 'offline' ? 'doubt' : 'good';
  const label = counted === 'none' ? 'not counted' : kind === 'offline' ? 'counted as offline' : `counted from the ${counted}`;
  return renderEventCard<PinterestReport>({
    title: eventName ?? 'no name',
    tone,
    isWide: isMerged,
    badges: [
      badge(label, tone),
      isMerged ? badge('merged by event id', 'both') : '',
      doubtful ? badge('may count twice', 'bad') : '',
      eventType === 'custom' && eventName !== null ? badge('own name', 'plain') : '',
    ],
    value: formatValue(used.report),
    why,
    facts: html`<span>${used.source === 'server' ? 'ad account' : 'tag'} <bdi>${truncate(used.report.account)}</bdi></span>`,
    eventId,
    content: isMerged
      ? renderReports(browser[0], server[0])
      : matchedBy.length === 0
        ? html``
        : html`<div class="line quiet"><span>matched by</span>${matchedBy.map((key) => badge(key, 'plain'))}</div>`,
    reports,
    at: used.report.at,
    renderWarning: ({ message }, source) => html`${source}: <bdi>${truncate(message)}</bdi>`,
  });
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
