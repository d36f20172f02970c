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

/** Maximum number of refusals that one card shows. */
const shownRefusals = 5;

export const page = definePage({
  platform: 'Pinterest API for Conversions',
  title: 'Pinterest simulator',
  intro: 'Shows which events Pinterest would count, which reports it would merge, and by which keys it would match a person.',
  views: {
    all: { label: 'All', shows: () => true },
    merged: { label: 'Merged', shows: ({ isMerged }) => isMerged },
    doubtful: { label: 'Possible duplicates', shows: ({ doubtful }) => doubtful },
    offline: { label: 'Offline', shows: ({ kind }) => kind === 'offline' },
    'not-counted': { label: 'Not counted', shows: ({ counted }) => counted === 'none' },
  },
  renderEmpty: emptyState,
  renderSummary: summarySection,
  renderEvent: eventCard,
  renderRequest: requestCard,
});

function summarySection(events: readonly JournalEvent[], totals: Readonly<Totals>): Markup {
  const summary = summarizeEvents(events);
  const { counted, merged, offline, duplicates, names } = summary;
  return renderSummary({
    answer: describeCounted(counted, 'event'),
    sentences: [
      merged > 0 && html`<b class="both">${formatCount(merged, 'event')}</b> reported by browser and server and merged.`,
      offline > 0 &&
        html`<b class="doubt">${formatCount(offline, 'event')}</b> received <a href="./?show=offline" data-show>over an hour late</a>: counted as offline, and never merged.`,
      ...describeProblems(summary, totals),
    ],
    figures: listFigures(totals, { Duplicates: duplicates }),
    counts: renderNames(names),
  });
}

/** Shows one request to the events endpoint and its response. */
function requestCard(request: JournalRequest): Markup {
  const { adAccountId, isTest, token, body } = request;
  const mode = isTest ? html`<span>test mode: nothing is recorded</span>` : '';
  return renderRequest({
    request,
    events: getList(body, 'data'),
    refusal: 'refused',
    facts: html`<span>ad account <bdi>${truncate(adAccountId)}</bdi></span><span>${token === null ? 'no token' : 'with a token'}</span>${mode}${describeCounts(request)}`,
    error: describeError(request),
  });
}

/** Shows how many events were processed: a 200 may carry refusals. */
function describeCounts({ verdict }: JournalRequest): Markup | '' {
  if (typeof verdict !== 'object' || verdict === null || 'code' in verdict) return '';
  return html`<span>${verdict.num_events_processed} of ${verdict.num_events_received} processed</span>`;
}

/** Shows the code and the text of an error, or the reasons of the events that failed. */
function describeError({ verdict }: JournalRequest): Markup | '' {
  if (typeof verdict !== 'object' || verdict === null) return '';
  if ('code' in verdict) return html`<p><code>${verdict.code}</code> <bdi>${truncate(verdict.message, 400)}</bdi></p>`;
  const failed = (verdict.events ?? []).flatMap(({ status, error_message: words }, index) =>
    status === 'failed' ? [html`<li>Event ${index + 1} failed: <bdi>${truncate(words ?? '', 200)}</bdi></li>`] : [],
  );
  return failed.length === 0 ? '' : html`<ul class="warnings">${failed.slice(0, shownRefusals)}</ul>`;
}
