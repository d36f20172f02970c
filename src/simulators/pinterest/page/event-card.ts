import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { renderEventCard, renderReports } from '../../kit/page/event-card.ts';
import { badge, formatMoney, formatPlain, isPlain, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { listNames } from '../../kit/page/report-comparison.ts';
import { sortReports } from '../../kit/report.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import type { PinterestReport } from '../journal/report.ts';

/** Shows one event, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { eventId, eventName, eventType, kind, counted, isMerged, doubtful, why } = event;
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
    content: renderReports<PinterestReport>(event, isMerged, { toRows, ...rowKinds }),
    reports,
    at: used.report.at,
    renderWarning: ({ message }, source) => html`${source}: <bdi>${truncate(message)}</bdi>`,
  });
}

const rowKinds = {
  compared: new Set(['Value', 'Order', 'E-mail', 'Click id']),
  lists: new Set(['Matched by', 'Custom data']),
};

function toRows({ event, matchedBy }: PinterestReport): Map<string, string> {
  const data = isFields(event.custom_data) ? event.custom_data : {};
  const person = isFields(event.user_data) ? event.user_data : {};
  return new Map([
    ['Event id', formatPlain(event.event_id)],
    ['Value', [data.value, data.currency].filter(isPlain).join(' ')],
    ['Order', formatPlain(data.order_id)],
    ['Matched by', matchedBy.join(' ')],
    ['E-mail', formatPlain(person.em)],
    ['Click id', formatPlain(person.click_id)],
    ['Custom data', listNames(data)],
    ['Page', formatPlain(event.event_source_url)],
  ]);
}

export function formatValue({ event }: PinterestReport): string {
  const { value, currency } = isFields(event.custom_data) ? event.custom_data : {};
  return formatMoney(value, currency);
}
