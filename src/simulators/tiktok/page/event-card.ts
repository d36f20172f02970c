import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { renderEventCard, renderReports } from '../../kit/page/event-card.ts';
import { badge, formatMoney, formatPlain, isPlain, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { listNames } from '../../kit/page/report-comparison.ts';
import { sortReports } from '../../kit/report.ts';
import type { JournalEvent, JournalReport } from '../journal/journal-event.ts';
import type { ReportUse, TiktokReport } from '../journal/report.ts';

/** Shows one event, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { pixelCode, eventId, eventName, counted, mergedBy, doubtful, reason, testEventCodes, why } = event;
  const { reports, used } = sortReports<JournalReport>(event);
  if (used === undefined) return html``;
  const tone = counted !== 'none' ? 'good' : reason === 'test' ? 'doubt' : 'bad';
  return renderEventCard<JournalReport>({
    title: eventName ?? 'no name',
    tone,
    isWide: mergedBy !== null,
    badges: [
      badge(counted === 'none' ? 'not counted' : `counted from the ${counted}`, tone),
      mergedBy === null ? '' : badge(`one event by ${mergedBy}`, 'both'),
      doubtful ? badge('may count twice', 'bad') : '',
      ...testEventCodes.map((code) => badge(`test ${code}`, 'doubt')),
    ],
    value: formatValue(used.report),
    why,
    facts: html`<span>pixel <bdi>${truncate(pixelCode)}</bdi></span>`,
    eventId,
    content: renderReports<JournalReport>(event, mergedBy !== null, {
      toRows,
      describeState: ({ use }) => uses[use],
      ...rowKinds,
    }),
    reports,
    at: used.report.at,
    renderWarning: ({ field, message }, source) =>
      html`${source}: <code><bdi>${truncate(field)}</bdi></code> <bdi>${truncate(message)}</bdi>`,
  });
}

const uses: Readonly<Record<ReportUse, Markup>> = {
  first: badge('counted', 'good'),
  merged: badge('merged', 'both'),
  dropped: badge('dropped', 'plain'),
  void: badge('void', 'bad'),
};

const rowKinds = {
  compared: new Set(['Value', 'Order', 'E-mail', 'Phone', 'External id', 'ttp', 'ttclid']),
  lists: new Set(['Matched by', 'Properties']),
};

function toRows({ event, matchedBy }: TiktokReport): Map<string, string> {
  const properties = isFields(event.properties) ? event.properties : {};
  const person = isFields(event.user) ? event.user : {};
  const page = isFields(event.page) ? event.page : {};
  return new Map([
    ['Event id', formatPlain(event.event_id)],
    ['Value', [properties.value, properties.currency].filter(isPlain).join(' ')],
    ['Order', formatPlain(properties.order_id)],
    ['Matched by', matchedBy.join(' ')],
    ['E-mail', formatPlain(person.email)],
    ['Phone', formatPlain(person.phone)],
    ['External id', formatPlain(person.external_id)],
    ['ttp', formatPlain(person.ttp)],
    ['ttclid', formatPlain(person.ttclid)],
    ['Properties', listNames(properties)],
    ['Page', formatPlain(page.url)],
  ]);
}

export function formatValue({ event }: TiktokReport): string {
  const { value, currency } = isFields(event.properties) ? event.properties : {};
  return formatMoney(value, currency);
}
