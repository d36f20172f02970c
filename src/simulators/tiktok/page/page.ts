import { html } from 'hono/html';
import { getList } from '../../kit/fields.ts';
import type { Totals } from '../../kit/journal-store.ts';
import { definePage } from '../../kit/page/define-page.ts';
import { formatCount, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { renderRequest } from '../../kit/page/request-card.ts';
import { describeCounted, describeProblems, listFigures, renderNames, renderSummary } from '../../kit/page/summary-section.ts';
import type { JournalRequest } from '../journal/journal.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { summarizeEvents } from '../journal/summary.ts';
import { emptyState } from './empty-state.ts';
import { eventCard } from './event-card.ts';

export const page = definePage({
  platform: 'TikTok Events API',
  title: 'TikTok simulator',
  intro:
    'Shows which events TikTok would count, which reports it would merge or drop, and by which keys it would match a person.',
  views: {
    all: { label: 'All', shows: () => true },
    merged: { label: 'From both', shows: ({ mergedBy }) => mergedBy !== null },
    doubtful: { label: 'Possible duplicates', shows: ({ doubtful }) => doubtful },
    'not-counted': { label: 'Not counted', shows: ({ counted, reason }) => counted === 'none' && reason !== 'test' },
    test: { label: 'Test events', shows: ({ reason }) => reason === 'test' },
  },
  renderEmpty: emptyState,
  renderSummary: summarySection,
  renderEvent: eventCard,
  renderRequest: requestCard,
});

function summarySection(events: readonly JournalEvent[], totals: Readonly<Totals>): Markup {
  const summary = summarizeEvents(events);
  const { counted, merged, dropped, tests, names } = summary;
  return renderSummary({
    answer: describeCounted(counted, 'event'),
    sentences: [
      merged > 0 && html`<b class="both">${formatCount(merged, 'event')}</b> reported by browser and server, and counted once.`,
      ...describeProblems(summary, totals),
      tests > 0 &&
        html`<b class="doubt">${formatCount(tests, 'event')}</b> with a <a href="./?show=test" data-show>test code</a>, which ${tests === 1 ? 'is' : 'are'} not counted.`,
    ],
    figures: listFigures(totals, { Dropped: dropped }, 'Without code 0'),
    counts: renderNames(names),
  });
}

/** Shows one request to the events endpoint and its response. */
function requestCard(request: JournalRequest): Markup {
  const { pixelCode, token, body, verdict } = request;
  const code = typeof verdict === 'object' ? verdict?.code : undefined;
  return renderRequest({
    request,
    events: getList(body, 'data'),
    isAccepted: request.status === 200 && code === 0,
    refusal: 'refused',
    facts: html`<span>pixel <bdi>${pixelCode === '' ? 'none' : truncate(pixelCode)}</bdi></span><span>${token === null ? 'no token' : 'with a token'}</span>`,
    error: describeCode(verdict),
    // A status of 200 is no acceptance.
    warnings:
      code !== undefined && code !== 0 && request.status === 200
        ? html`<ul class="warnings"><li>The status is 200, and the code is not 0: TikTok did not accept the request.</li></ul>`
        : '',
  });
}

function describeCode(verdict: JournalRequest['verdict']): Markup | '' {
  if (typeof verdict !== 'object' || verdict === null || verdict.code === 0) return '';
  return html`<p><code>${verdict.code}</code> <bdi>${truncate(verdict.message, 400)}</bdi></p>`;
}
