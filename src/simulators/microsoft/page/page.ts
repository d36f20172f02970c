import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { definePage } from '../../kit/page/define-page.ts';
import { renderFirstSteps } from '../../kit/page/first-steps.ts';
import type { Markup } from '../../kit/page/page-elements.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { isMerged, summarize } from '../journal/summary.ts';
import { type AdvertisingParts, advertisingSections } from './advertising-section.ts';
import { eventCard } from './event-card.ts';
import { requestCard, syncCard } from './request-card.ts';
import { summarySection } from './summary-section.ts';

const shownSyncs = 20;

export const page = definePage({
  platform: 'Microsoft Advertising',
  title: 'Microsoft simulator',
  intro: 'Shows which events Microsoft would count, and why it would not count the others.',
  views: {
    all: { label: 'All', shows: () => true },
    conversions: { label: 'Conversions', shows: ({ reason }) => reason === 'conversion' },
    merged: { label: 'Merged', shows: isMerged },
    'not-counted': { label: 'Not counted', shows: ({ reason }) => reason !== 'conversion' && reason !== 'page-load' },
    doubtful: { label: 'Possible duplicates', shows: ({ reason, doubtful }) => doubtful && reason !== 'no-goal', isRare: true },
    'page-views': { label: 'Page views', shows: ({ reason }) => reason === 'page-load' },
  },
  isEmpty: ({ requests, beacons, syncs }: Journal['totals']) => requests + beacons + syncs === 0,
  renderEmpty: emptyState,
  renderSummary: (events, totals, { goals }: AdvertisingParts) => summarySection(summarize(events, goals.current()), totals),
  renderEvent: eventCard,
  renderMore: (events, parts) => html`${advertisingSections(parts)}${syncSection(parts.journal, events)}
`,
  renderRequest: requestCard,
  getState: (_, view, { goals, offline, grants }) => `${goals.revision}-${offline.revision}-${grants.count}-${view}`,
});

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
  return renderFirstSteps(url, { call, tag, tagAddress: 'bat.bing.com/bat.js', tagName: 'UET tag' });
}
