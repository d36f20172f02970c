import type { Context } from 'hono';
import { html } from 'hono/html';
import type { Env } from '../../kit/http/routes.ts';
import type { Totals } from '../../kit/journal-store.ts';
import { definePage } from '../../kit/page/define-page.ts';
import { renderTab } from '../../kit/page/event-views.ts';
import { formatCount, type Markup } from '../../kit/page/page-elements.ts';
import { describeCounted, describeProblems, listFigures, renderNames, renderSummary } from '../../kit/page/summary-section.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { summarizeEvents } from '../journal/summary.ts';
import { emptyState } from './empty-state.ts';
import { eventCard } from './event-card.ts';
import { requestCard } from './request-card.ts';

const shownCodes = 50;

export const page = definePage({
  platform: 'Meta Conversions API',
  title: 'Meta simulator',
  intro: 'Shows which events Meta would count, which reports it would merge, and by which keys it would match a person.',
  views: {
    all: { label: 'All', shows: () => true },
    merged: { label: 'Merged', shows: ({ mergedBy }) => mergedBy !== null },
    doubtful: { label: 'Possible duplicates', shows: ({ doubtful }) => doubtful },
    'not-counted': { label: 'Not counted', shows: ({ counted }) => counted === 'none' },
    test: { label: 'Test events', shows: isTest },
  },
  renderEmpty: emptyState,
  renderSummary: summarySection,
  renderEvent: eventCard,
  renderRequest: requestCard,
  getState: (c, view) => `${view}-${encodeURIComponent((view === 'test' && getTestCode(c)) || '')}`,
  filterView(c, view, events) {
    if (view !== 'test') return {};
    const code = getTestCode(c);
    return {
      isShown: ({ testEventCodes }) => code === undefined || testEventCodes.includes(code),
      subviews: testTabs(events.filter(isTest), code),
    };
  },
});

function isTest({ testEventCodes }: JournalEvent): boolean {
  return testEventCodes.length > 0;
}

/** Returns the `test_event_code` to which the view of test events is limited. */
const getTestCode = (c: Context<Env>): string | undefined => c.req.query('code')?.slice(0, 64).toWellFormed();

function summarySection(events: readonly JournalEvent[], totals: Readonly<Totals>): Markup {
  const summary = summarizeEvents(events);
  const { counted, merged, duplicates, tests, names } = summary;
  return renderSummary({
    answer: describeCounted(counted, 'event'),
    sentences: [
      merged > 0 && html`<b class="both">${formatCount(merged, 'event')}</b> reported by browser and server and merged.`,
      ...describeProblems(summary, totals),
      tests > 0 &&
        html`<b>${formatCount(tests, 'event')}</b> with a <a href="./?show=test" data-show>test event code</a>, which ${tests === 1 ? 'counts' : 'count'} too.`,
    ],
    figures: listFigures(totals, { Duplicates: duplicates }),
    counts: renderNames(names),
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
