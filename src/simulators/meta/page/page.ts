import { html } from 'hono/html';
import { type EventViews, renderEvents, renderTab } from '../../kit/page/event-views.ts';
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

const shownCodes = 50;

/** Filters of the page's events. */
export const views = {
  all: { label: 'All', shows: () => true },
  merged: { label: 'Merged', shows: ({ mergedBy }) => mergedBy !== null },
  doubtful: { label: 'Possible duplicates', shows: ({ doubtful }) => doubtful },
  'not-counted': { label: 'Not counted', shows: ({ counted }) => counted === 'none' },
  test: { label: 'Test events', shows: ({ testEventCodes }) => testEventCodes.length > 0 },
} satisfies EventViews<JournalEvent, 'merged' | 'doubtful' | 'not-counted' | 'test'>;

interface PageOptions extends PageRequest {
  readonly fault: Fault;
  readonly view: keyof typeof views;
  /** Limits the view of test events to one `test_event_code`. */
  readonly code: string | undefined;
}

/**
 * Renders the journal as a page. All data is untrusted: only strings and numbers are passed to `html`, which escapes them, and each
 * value has its own `bdi`.
 */
export async function renderPage(journal: Journal, options: PageOptions): Promise<string> {
  const { nonce, revision } = options;
  return renderShell({
    platform: 'Meta Conversions API',
    title: 'Meta simulator',
    intro: 'Shows which events Meta would count, which reports it would merge, and by which keys it would match a person.',
    nonce,
    revision,
    main: content(journal, options),
  });
}

function content(journal: Journal, options: PageOptions): Markup {
  const { url, fault } = options;
  const { totals } = journal;
  const events = journal.events();
  const isEmpty = totals.requests + totals.beacons === 0;
  return html`<main>
${fault.mode === 'ok' ? '' : faultNotice(truncate(JSON.stringify(fault)))}
${isEmpty ? emptyState(url) : summarySection(summarizeEvents(events), totals)}
${events.length === 0 ? '' : eventSection(events, options)}
${renderRequests(journal, requestCard)}
${isEmpty ? '' : html`<p class="end"><button type="button" data-do="clear">Clear the journal</button></p>`}
</main>`;
}

function eventSection(events: readonly JournalEvent[], { view, code }: PageOptions): Markup {
  return renderEvents({
    views,
    view,
    events,
    renderEvent: eventCard,
    isShown: ({ testEventCodes }) => code === undefined || testEventCodes.includes(code),
    subviews: view === 'test' ? testTabs(events.filter(views.test.shows), code) : '',
  });
}

/** Lists the codes of the test events. */
function testTabs(events: readonly JournalEvent[], shown: string | undefined): Markup {
  const counts = new Map<string, number>();
  for (const code of events.flatMap(({ testEventCodes }) => testEventCodes)) counts.set(code, (counts.get(code) ?? 0) + 1);
  const codes = [...counts].slice(0, shownCodes);
  return html`<p class="note">Events with a <code>test_event_code</code> appear in Meta's Test events tab, and they still count.</p>
${
  codes.length === 0
    ? ''
    : html`<nav aria-label="Which test event code">${renderTab('Every code', './?show=test', events.length, shown === undefined)}${codes.map(
        ([code, many]) => renderTab(code, `./?show=test&code=${encodeURIComponent(code)}`, many, code === shown),
      )}</nav>`
}`;
}
