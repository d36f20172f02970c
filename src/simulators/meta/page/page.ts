import { html, raw } from 'hono/html';
import { type Markup, truncate } from '../../kit/page-elements.ts';
import { faultNotice, renderShell } from '../../kit/page-shell.ts';
import type { Fault } from '../faults.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { summarize } from '../journal/summary.ts';
import { emptyState } from './empty-state.ts';
import { eventCard } from './event-card.ts';
import { requestCard } from './request-card.ts';
import { summarySection } from './summary-section.ts';

const shownEvents = 200;
const shownRequests = 50;
const shownCodes = 50;

/** A filter of the events. */
export type View = keyof typeof views;

const views = {
  all: ['All', () => true],
  merged: ['Merged', ({ mergedBy }) => mergedBy !== null],
  doubtful: ['Possible duplicates', ({ doubtful }) => doubtful],
  'not-counted': ['Not counted', ({ counted }) => counted === 'none'],
  test: ['Test events', ({ testEventCodes }) => testEventCodes.length > 0],
} satisfies Record<string, readonly [label: string, shows: (event: JournalEvent) => boolean]>;

const isView = (name: string): name is View => Object.hasOwn(views, name);

/** Returns the view that `?show=` names; `all` by default. */
export const toView = (name = 'all'): View => (isView(name) ? name : 'all');

interface PageOptions {
  readonly url: string;
  readonly fault: Fault;
  readonly view: View;
  /** Limits the view of test events to one `test_event_code`. */
  readonly code: string | undefined;
  /** The response's nonce for the style and the script. */
  readonly nonce: string;
  /** Identifies the state that the page shows. */
  readonly revision: string;
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
  const requests = journal.requests(shownRequests).reverse();
  const isEmpty = totals.requests + totals.beacons === 0;
  return html`<main>
${fault.mode === 'ok' ? '' : faultNotice(truncate(JSON.stringify(fault)))}
${isEmpty ? emptyState(url) : summarySection(summarize(events), totals)}
${events.length === 0 ? '' : eventSection(events, options)}
${
  requests.length === 0
    ? ''
    : html`<section aria-labelledby="requests"><h2 id="requests">Server requests</h2>
${totals.requests > requests.length ? html`<p class="note">The newest ${requests.length}. All stored requests: <a href="journal">/journal</a></p>` : ''}
<ol class="cards small">${requests.map(requestCard)}</ol></section>`
}
${isEmpty ? '' : html`<p class="end"><button type="button" data-do="clear">Clear the journal</button></p>`}
</main>`;
}

function eventSection(events: readonly JournalEvent[], { view, code }: PageOptions): Markup {
  const inView = events.filter(views[view][1]);
  const matching = code === undefined ? inView : inView.filter(({ testEventCodes }) => testEventCodes.includes(code));
  const shown = matching.slice(-shownEvents).reverse();
  const tabs = Object.keys(views)
    .filter(isView)
    .map((name) => {
      const [label, shows] = views[name];
      return tab(label, name === 'all' ? './' : `./?show=${name}`, events.filter(shows).length, name === view);
    });
  return html`<section aria-labelledby="events"><h2 id="events">Events</h2>
<nav aria-label="Which events">${tabs}</nav>
${view === 'test' ? testTabs(inView, code) : ''}
${matching.length > shown.length ? html`<p class="note">The newest ${shown.length}. All stored events: <a href="journal/events">/journal/events</a></p>` : ''}
${shown.length === 0 ? html`<p class="note">No such events yet.</p>` : html`<ol class="cards">${shown.map(eventCard)}</ol>`}</section>`;
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
    : html`<nav aria-label="Which test event code">${tab('Every code', './?show=test', events.length, shown === undefined)}${codes.map(
        ([code, many]) => tab(code, `./?show=test&code=${encodeURIComponent(code)}`, many, code === shown),
      )}</nav>`
}`;
}

function tab(label: string, address: string, many: number, isShown: boolean): Markup {
  return html`<a href="${address}" data-show ${isShown ? raw('aria-current="page"') : ''}><bdi>${truncate(label, 64)}</bdi> <span>${many.toLocaleString('en')}</span></a>`;
}
