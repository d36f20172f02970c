import { html } from 'hono/html';
import { getList } from '../../kit/fields.ts';
import { type EventViews, renderEvents } from '../../kit/page/event-views.ts';
import { type Markup, truncate } from '../../kit/page/page-elements.ts';
import { faultNotice, renderShell } from '../../kit/page/page-shell.ts';
import { renderRequest, renderRequests } from '../../kit/page/request-card.ts';
import type { PageRequest } from '../../kit/simulator-app.ts';
import type { Fault } from '../faults.ts';
import type { Journal, JournalRequest } from '../journal/journal.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { summarizeEvents } from '../journal/summary.ts';
import { emptyState } from './empty-state.ts';
import { eventCard } from './event-card.ts';
import { summarySection } from './summary-section.ts';

/** Filters of the page's events. */
export const views = {
  all: { label: 'All', shows: () => true },
  merged: { label: 'From both', shows: ({ mergedBy }) => mergedBy !== null },
  doubtful: { label: 'Possible duplicates', shows: ({ doubtful }) => doubtful },
  'not-counted': { label: 'Not counted', shows: ({ counted, reason }) => counted === 'none' && reason !== 'test' },
  test: { label: 'Test events', shows: ({ reason }) => reason === 'test' },
} satisfies EventViews<JournalEvent, 'merged' | 'doubtful' | 'not-counted' | 'test'>;

interface PageOptions extends PageRequest {
  readonly fault: Fault;
  readonly view: keyof typeof views;
}

/**
 * Renders the journal as a page. All data is untrusted: only strings and numbers are passed to `html`, which escapes them, and each
 * value has its own `bdi`.
 */
export async function renderPage(journal: Journal, { url, fault, view, nonce, revision }: PageOptions): Promise<string> {
  const { totals } = journal;
  const events = journal.events();
  const isEmpty = totals.requests + totals.beacons === 0;
  return renderShell({
    platform: 'TikTok Events API',
    title: 'TikTok simulator',
    intro:
      'Shows which events TikTok would count, which reports it would merge or drop, and by which keys it would match a person.',
    nonce,
    revision,
    main: html`<main>
${fault.mode === 'ok' ? '' : faultNotice(truncate(JSON.stringify(fault)))}
${isEmpty ? emptyState(url) : summarySection(summarizeEvents(events), totals)}
${events.length === 0 ? '' : renderEvents({ views, view, events, renderEvent: eventCard })}
${renderRequests(journal, requestCard)}
${isEmpty ? '' : html`<p class="end"><button type="button" data-do="clear">Clear the journal</button></p>`}
</main>`,
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
