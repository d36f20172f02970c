import { html } from 'hono/html';
import type { Totals } from '../../kit/journal-store.ts';
import { type CountedName, formatSums, renderCounts } from '../../kit/page/counts.ts';
import { formatCount, type Markup } from '../../kit/page/page-elements.ts';
import { describeCounted, listFigures, renderSummary } from '../../kit/page/summary-section.ts';
import type { JournalEvent } from '../journal/journal-event.ts';

/** Shows the result in sentences, the totals and the counted conversions by action. */
export function summarySection(events: readonly JournalEvent[], totals: Readonly<Totals>): Markup {
  const count = (test: (event: JournalEvent) => boolean) => events.filter(test).length;
  const counted = events.filter((event) => event.counted !== 'none');
  const merged = count(({ isMerged }) => isMerged);
  const open = count(({ verdict }) => verdict === 'processing');
  const refused = count(({ verdict }) => verdict === 'refused');
  const unmatched = counted.filter(({ matchedBy }) => matchedBy.length === 0).length;
  return renderSummary({
    answer: describeCounted(counted.length, 'conversion'),
    sentences: [
      merged > 0 && html`<b class="both">${formatCount(merged, 'conversion')}</b> reported by browser and server and merged.`,
      open > 0 && html`<b class="doubt">${formatCount(open, 'conversion')}</b> without a verdict yet.`,
      refused > 0 && html`<b class="bad">${formatCount(refused, 'conversion')}</b> refused by a verdict.`,
      unmatched > 0 && html`<b class="doubt">${formatCount(unmatched, 'conversion')}</b> without a click id and user data.`,
      totals.refused > 0 &&
        html`<b class="bad">${formatCount(totals.refused, 'event')}</b> not taken: see <a href="#requests">the requests</a>.`,
    ],
    figures: listFigures(totals, { Adjustments: events.reduce((sum, { adjustments }) => sum + adjustments, 0) }),
    counts: renderCounts(actionTexts, countActions(counted)),
  });
}

const actionTexts = { title: 'Counted by action', empty: 'No counted conversion yet.', row: 'action' };

function countActions(events: readonly JournalEvent[]): readonly CountedName[] {
  const names = [...new Set(events.map(({ actionName }) => actionName))];
  return names
    .map((name) => {
      const own = events.filter(({ actionName }) => actionName === name);
      const values = new Map<string, number>();
      for (const { value, currency } of own)
        if (value !== null) values.set(currency ?? '', Math.round(((values.get(currency ?? '') ?? 0) + value) * 1_000) / 1_000);
      const merged = own.filter(({ isMerged }) => isMerged).length;
      const sources = merged > 0 ? `${merged} from browser and server` : '';
      return { name, counted: own.length, sources, sums: formatSums(values) };
    })
    .toSorted((a, b) => b.counted - a.counted);
}
