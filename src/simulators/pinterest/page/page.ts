import { html } from 'hono/html';
import { type EventViews, renderEvents } from '../../kit/page/event-views.ts';
import { type Markup, truncate } from '../../kit/page/page-elements.ts';
import { faultNotice, renderShell } from '../../kit/page/page-shell.ts';
import { renderRequests } from '../../kit/page/request-card.ts';
import type { PageRequest } from '../../kit/simulator-app.ts';
import type { Fault } from '../faults.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { summarizeEvents } from '../journal/summary.ts';
import { emptyState } from './empty-state.ts';
import { eventCard } from './event-card.ts';
import { requestCard } from './request-card.ts';
import { summarySection } from './summary-section.ts';

/** Filters of the page's events. */
export const views = {
  all: { label: 'All', shows: () => true },
  merged: { label: 'Merged', shows: ({ isMerged }) => isMerged },
  doubtful: { label: 'Possible duplicates', shows: ({ doubtful }) => doubtful },
  offline: { label: 'Offline', shows: ({ kind }) => kind === 'offline' },
  'not-counted': { label: 'Not counted', shows: ({ counted }) => counted === 'none' },
} satisfies EventViews<JournalEvent, 'merged' | 'doubtful' | 'offline' | 'not-counted'>;

interface PageOptions extends PageRequest {
  readonly fault: Fault;
  readonly view: keyof typeof views;
}

/**
 * Renders the journal as a page. All data is untrusted: only strings and numbers are passed to `html`, which escapes them, and each
 * value has its own `bdi`.
 */
export async function renderPage(journal: Journal, options: PageOptions): Promise<string> {
  const { nonce, revision } = options;
  return renderShell({
    platform: 'Pinterest API for Conversions',
    title: 'Pinterest simulator',
    intro: 'Shows which events Pinterest would count, which reports it would merge, and by which keys it would match a person.',
    nonce,
    revision,
    main: renderMain(journal, options),
  });
}

function renderMain(journal: Journal, { url, fault, view }: PageOptions): Markup {
  const { totals } = journal;
  const events = journal.events();
  const isEmpty = totals.requests + totals.beacons === 0;
  return html`<main>
${fault.mode === 'ok' ? '' : faultNotice(truncate(JSON.stringify(fault)))}
${isEmpty ? emptyState(url) : summarySection(summarizeEvents(events), totals)}
${events.length === 0 ? '' : renderEvents({ views, view, events, renderEvent: eventCard })}
${renderRequests(journal, requestCard)}
${isEmpty ? '' : html`<p class="end"><button type="button" data-do="clear">Clear the journal</button></p>`}
</main>`;
}
