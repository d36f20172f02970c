import { html } from 'hono/html';
import { type CountedName, describeSources, formatSums, renderCounts, renderFigure } from '../../kit/page/counts.ts';
import { formatCount, type Markup } from '../../kit/page/page-elements.ts';
import type { NameCount } from '../../kit/summary.ts';
import type { Journal } from '../journal/journal.ts';
import type { Summary } from '../journal/summary.ts';

/** Shows the result in sentences, the totals and the counted events by name. */
export function summarySection(summary: Summary, totals: Journal['totals']): Markup {
  const { counted, names, duplicates } = summary;
  return html`<section class="top" aria-labelledby="answer"><div>
<h2 id="answer">${
    counted === 0
      ? 'No event counted so far'
      : html`<b>${counted.toLocaleString('en')}</b> ${counted === 1 ? 'event' : 'events'} counted`
  }</h2>
${sentences(summary, totals).map((sentence) => html`<p>${sentence}</p>`)}
<dl class="totals">${renderFigure('Requests', totals.requests)}${renderFigure('Not answered 200', totals.failed)}${renderFigure('Duplicates', duplicates)}${renderFigure('Beacons', totals.beacons)}${renderFigure('With warnings', totals.warned)}</dl></div>
${renderCounts(nameTexts, names.map(toCountedName))}
</section>`;
}

function sentences(summary: Summary, totals: Journal['totals']): Markup[] {
  const { merged, doubtful, notCounted, tests } = summary;
  const shown: (Markup | false)[] = [
    merged > 0 && html`<b class="both">${formatCount(merged, 'event')}</b> reported by browser and server and merged.`,
    doubtful > 0 &&
      html`<b class="bad">${formatCount(doubtful, 'event')}</b> may count twice: see <a href="./?show=doubtful" data-show>why ${doubtful === 1 ? 'it was' : 'they were'} not merged</a>.`,
    notCounted > 0 && html`<b class="doubt">${formatCount(notCounted, 'event')}</b> not counted.`,
    totals.refused > 0 &&
      html`<b class="bad">${formatCount(totals.refused, 'event')}</b> refused: see <a href="#requests">the requests</a>.`,
    tests > 0 &&
      html`<b>${formatCount(tests, 'event')}</b> with a <a href="./?show=test" data-show>test event code</a>, which ${tests === 1 ? 'counts' : 'count'} too.`,
  ];
  return shown.filter((sentence) => sentence !== false);
}

const nameTexts = { title: 'Counted by name', empty: 'No counted event yet.', row: 'name' };

function toCountedName(count: NameCount): CountedName {
  return { name: count.name, counted: count.counted, sources: describeSources(count), sums: formatSums(count.values) };
}
