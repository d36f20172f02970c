import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { renderEventCard } from '../../kit/page/event-card.ts';
import { badge, isPlain, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { type ComparedReport, listNames, renderComparison } from '../../kit/page/report-comparison.ts';
import { sortReports } from '../../kit/report.ts';
import type { JournalEvent, JournalReport } from '../journal/journal-event.ts';
import type { ReportUse, TiktokReport } from '../journal/report.ts';

/** Shows one event, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { pixelCode, eventId, eventName, server, browser, counted, mergedBy, doubtful, reason, testEventCodes, why } = event;
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
