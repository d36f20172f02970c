import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { type EventViews, renderEvents } from '../../kit/page/event-views.ts';
import type { Markup } from '../../kit/page/page-elements.ts';
import { truncate } from '../../kit/page/page-elements.ts';
import { faultNotice, renderShell } from '../../kit/page/page-shell.ts';
import { renderRequests } from '../../kit/page/request-card.ts';
import type { PageRequest } from '../../kit/simulator-app.ts';
import type { Fault } from '../faults.ts';
import type { Goal } from '../journal/event-goals.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { isMerged, summarize } from '../journal/summary.ts';
import { eventCard } from './event-card.ts';
import { requestCard, syncCard } from './request-card.ts';
import { summarySection } from './summary-section.ts';

const shownSyncs = 20;

/** Filters of the page's events. */
export const views = {
  all: { label: 'All', shows: () => true },
  conversions: { label: 'Conversions', shows: ({ reason }) => reason === 'conversion' },
  merged: { label: 'Merged', shows: isMerged },
  'not-counted': { label: 'Not counted', shows: ({ reason }) => reason !== 'conversion' && reason !== 'page-load' },
  doubtful: { label: 'Possible duplicates', shows: ({ reason, doubtful }) => doubtful && reason !== 'no-goal', isRare: true },
  'page-views': { label: 'Page views', shows: ({ reason }) => reason === 'page-load' },
} satisfies EventViews<JournalEvent, 'conversions' | 'merged' | 'not-counted' | 'doubtful' | 'page-views'>;

interface PageOptions extends PageRequest {
  readonly fault: Fault;
  readonly goals: readonly Goal[];
  readonly view: keyof typeof views;
}

/**
 * Renders the journal as a page. All data is untrusted: only strings and numbers are passed to `html`, which escapes them, and each
 * value has its own `bdi`.
 */
export async function renderPage(journal: Journal, options: PageOptions): Promise<string> {
  const { nonce, revision } = options;
  return renderShell({
    platform: 'Microsoft Advertising',
    title: 'Microsoft simulator',
    intro: 'Shows which events Microsoft would count, and why it would not count the others.',
    nonce,
    revision,
    main: content(journal, options),
  });
}

function content(journal: Journal, { url, fault, goals, view }: PageOptions): Markup {
  const { totals } = journal;
  const events = journal.events();
  const isEmpty = totals.requests + totals.beacons + totals.syncs === 0;
  return html`<main>
${fault.mode === 'ok' ? '' : faultNotice(truncate(JSON.stringify(fault)))}
${isEmpty ? emptyState(url) : summarySection(summarize(events, goals), totals)}
${events.length === 0 ? '' : renderEvents({ views, view, events, renderEvent: eventCard })}
${syncSection(journal, events)}
${renderRequests(journal, requestCard)}
${isEmpty ? '' : html`<p class="end"><button type="button" data-do="clear">Clear the journal</button></p>`}
</main>`;
}

function syncSection(journal: Journal, events: readonly JournalEvent[]): Markup | '' {
  const syncs = journal.syncs(shownSyncs).reverse();
  if (syncs.length === 0) return '';
  const byVisitor = new Map<string, number>();
  for (const { server, browser } of events) {
    const visitors = [...server, ...browser].map(({ event }) =>
      isFields(event.userData) ? event.userData.anonymousId : undefined,
    );
    for (const visitor of new Set(visitors))
      if (typeof visitor === 'string') byVisitor.set(visitor, (byVisitor.get(visitor) ?? 0) + 1);
  }
  return html`<section aria-labelledby="syncs"><h2 id="syncs">ID syncs</h2>
${journal.totals.syncs > syncs.length ? html`<p class="note">The newest ${syncs.length}. All stored ID syncs: <a href="journal/syncs">/journal/syncs</a></p>` : ''}
<ol class="cards small">${syncs.map((sync) => syncCard(sync, byVisitor))}</ol></section>`;
}

function emptyState(url: string): Markup {
  const call = `curl -X POST ${url}/v1/187012345/events \\
  -H 'Authorization: Bearer any-token' -H 'Content-Type: application/json' \\
  -d '{"data":[{"eventType":"custom","eventName":"purchase","eventId":"ord-1","eventTime":'$(date +%s)',
       "userData":{"anonymousId":"b171a9b06ce011ecafcd1b209be8601b"},"customData":{"value":125.4,"currency":"USD"}}]}'`;
  const tag = `<script src="${url}/bat.js"></script>
<script>
  window.uetq = new UET({ ti: '187012345' });
  uetq.push('pageLoad');
  uetq.push('event', 'purchase', { event_id: 'ord-1', revenue_value: 125.4, currency: 'USD' });
</script>`;
  return html`<section class="empty"><h2>No events yet</h2>
<p>This page updates every two seconds. Send the same purchase from server and browser. It counts once:</p>
<div class="ways"><div><h3>From a server</h3><p>Set the connection's <code>endpoint</code> to <code>${url}</code> and send an event through Convey, or use curl:</p>
<pre tabindex="0">${call}</pre></div>
<div><h3>From a browser</h3><p>Load the simulated UET tag in place of <code>bat.bing.com/bat.js</code>:</p>
<pre tabindex="0">${tag}</pre></div></div></section>`;
}
