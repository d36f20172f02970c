import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { renderEventCard, renderReports } from '../../kit/page/event-card.ts';
import { badge, formatMoney, formatPlain, isPlain, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { listNames } from '../../kit/page/report-comparison.ts';
import { sortReports } from '../../kit/report.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import type { MetaReport } from '../journal/report.ts';

/** Shows one event, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { datasetId, eventId, eventName, eventType, counted, mergedBy, doubtful, testEventCodes, why } = event;
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
    content: renderReports<MetaReport>(event, mergedBy !== null, { toRows, ...rowKinds }),
    reports,
    at: used.report.at,
    renderWarning: ({ field, message }, source) =>
      html`${source}: <code><bdi>${truncate(field)}</bdi></code> <bdi>${truncate(message)}</bdi>`,
  });
}

const rowKinds = {
  compared: new Set(['Value', 'Order', 'fbp', 'fbc', 'External id']),
  lists: new Set(['Matched by', 'Custom data']),
};

function toRows({ event, matchedBy }: MetaReport): Map<string, string> {
  const data = isFields(event.custom_data) ? event.custom_data : {};
  const person = isFields(event.user_data) ? event.user_data : {};
  return new Map([
    ['Event id', formatPlain(event.event_id)],
    ['Value', [data.value, data.currency].filter(isPlain).join(' ')],
    ['Order', formatPlain(data.order_id)],
    ['Matched by', matchedBy.join(' ')],
    ['External id', formatPlain(person.external_id)],
    ['fbp', formatPlain(person.fbp)],
    ['fbc', formatPlain(person.fbc)],
    ['Custom data', listNames(data)],
    ['Page', formatPlain(event.event_source_url)],
  ]);
}

export function formatValue({ event }: MetaReport): string {
  const { value, currency } = isFields(event.custom_data) ? event.custom_data : {};
  return formatMoney(value, currency);
}
