import { html } from 'hono/html';
import { getList, isFields } from '../../kit/fields.ts';
import type { Totals } from '../../kit/journal-store.ts';
import { renderFigure } from '../../kit/page/counts.ts';
import { definePage } from '../../kit/page/define-page.ts';
import { renderEventCard } from '../../kit/page/event-card.ts';
import { badge, formatCount, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { type ComparedReport, listNames, renderComparison } from '../../kit/page/report-comparison.ts';
import { renderRequest } from '../../kit/page/request-card.ts';
import { describeCounted } from '../../kit/page/summary-section.ts';
import { type ListedReport, sortReports } from '../../kit/report.ts';
import type { JournalRequest } from '../journal/journal.ts';
import type { JournalEvent, OpenaiReport } from '../journal/journal-event.ts';
import { emptyState } from './empty-state.ts';
import { formatValue } from './format-value.ts';
import { nameTable } from './name-table.ts';

export const page = definePage({
  platform: 'OpenAI Conversions API',
  title: 'ChatGPT ads simulator',
  intro: 'Shows which events OpenAI would count, which reports it would merge, and by which keys it would match a person.',
  views: {
    all: { label: 'All', shows: () => true },
    merged: { label: 'Merged', shows: ({ isMerged }) => isMerged },
    unmatched: {
      label: 'Without a person',
      shows: ({ matchedBy, counted }) => counted !== 'none' && matchedBy.length === 0,
      isRare: true,
    },
    'not-counted': { label: 'Not counted', shows: ({ counted }) => counted === 'none' },
  },
  renderEmpty: emptyState,
  renderSummary,
  renderEvent,
  renderRequest: renderOneRequest,
});

/** Shows the result in sentences, the totals and the counted events by name. */
function renderSummary(events: readonly JournalEvent[], totals: Readonly<Totals>): Markup {
  const counted = events.filter((event) => event.counted !== 'none');
  const merged = counted.filter(({ isMerged }) => isMerged).length;
  return html`<section class="top" aria-labelledby="answer"><div>
<h2 id="answer">${describeCounted(counted.length, 'event')}</h2>
${merged > 0 ? html`<p><b class="both">${formatCount(merged, 'event')}</b> reported by browser and server and merged.</p>` : ''}
${events.length > counted.length ? html`<p><b class="doubt">${formatCount(events.length - counted.length, 'event')}</b> not counted.</p>` : ''}
${totals.refused > 0 ? html`<p><b class="bad">${formatCount(totals.refused, 'event')}</b> not stored: see <a href="#requests">the requests</a>. One bad event fails its whole request.</p>` : ''}
<dl class="totals">${renderFigure('Requests', totals.requests)}${renderFigure('Not answered 200', totals.failed)}${renderFigure('Beacons', totals.beacons)}${renderFigure('With warnings', totals.warned)}</dl></div>
${nameTable(counted)}
</section>`;
}

/** Shows one event, whether and why it counts, and its reports. */
function renderEvent(event: JournalEvent): Markup {
  const { pixelId, eventId, eventName, browser, server, counted, isMerged, matchedBy, why } = event;
  const { reports, used } = sortReports(event);
  if (used === undefined) return html``;
  const tone = counted === 'none' ? 'bad' : 'good';
  const [ofBrowser] = browser;
  const [ofServer] = server;
  return renderEventCard<OpenaiReport>({
    title: eventName === '' ? 'no name' : eventName,
    tone,
    isWide: isMerged,
    badges: [
      badge(counted === 'none' ? 'not counted' : `counted from the ${counted}`, tone),
      isMerged ? badge('merged', 'both') : '',
      used.report.event.type === 'custom' ? badge('custom event', 'plain') : '',
    ],
    value: formatValue(used.report.event),
    why,
    facts: html`<span>pixel <bdi>${truncate(pixelId)}</bdi></span>`,
    eventId,
    content:
      isMerged && ofBrowser && ofServer
        ? renderComparison(toCompared(ofBrowser), toCompared(ofServer), { compared: comparedRows, lists: listRows })
        : html`<div class="line quiet">${matchedBy.length > 0 ? html`<span>matched by</span>${matchedBy.map((key) => badge(key, 'plain'))}` : ''}</div>`,
    reports,
    at: used.report.at,
    renderWarning: ({ field, message }, source) =>
      html`${source}: <code><bdi>${truncate(field)}</bdi></code> <bdi>${truncate(message)}</bdi>`,
  });
}

const comparedRows = new Set(['Amount', 'Click id', 'Browser id']);
const listRows = new Set(['Matched by', 'Data']);

function toCompared({ event, matchedBy, at, duplicateOf }: ListedReport<OpenaiReport>): ComparedReport {
  const user = isFields(event.user) ? event.user : {};
  const plain = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    at,
    state: duplicateOf === undefined ? badge('used', 'good') : badge('duplicate', 'plain'),
    rows: new Map([
      ['Event id', plain(event.id)],
      ['Amount', formatValue(event)],
      ['Matched by', matchedBy.join(' ')],
      ['Click id', plain(event.oppref)],
      ['Browser id', plain(user.obref)],
      ['Data', listNames(isFields(event.data) ? event.data : {})],
      ['Page', plain(event.source_url)],
    ]),
  };
}

/** Shows one request to the events endpoint and its response. */
function renderOneRequest(request: JournalRequest): Markup {
  const { pixelId, key, body, verdict } = request;
  const error = typeof verdict === 'object' && verdict !== null && 'error' in verdict ? verdict.error : undefined;
  return renderRequest({
    request,
    events: getList(body, 'events'),
    refusal: 'refused',
    facts: html`<span>pixel <bdi>${truncate(pixelId)}</bdi></span><span>${key === null ? 'no key' : 'key in the header'}</span>${isFields(body) && body.validate_only === true ? html`<span>only checked</span>` : ''}`,
    error: error
      ? html`<p><code><bdi>${truncate(error.param ?? '')}</bdi></code> <bdi>${truncate(error.message ?? '', 400)}</bdi></p>`
      : '',
  });
}
