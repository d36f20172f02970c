import { html } from 'hono/html';
import type { Totals } from '../journal-store.ts';
import type { NameCount } from '../summary.ts';
import { describeSources, formatSums, renderCounts, renderFigure } from './counts.ts';
import { formatCount, type Markup } from './page-elements.ts';

interface SummarySection {
  /** The result, such as `3 events counted`. */
  readonly answer: Markup | string;
  readonly sentences: readonly (Markup | false)[];
  readonly figures: Readonly<Record<string, number>>;
  /** The counted events, by name. */
  readonly counts: Markup;
}

/** Shows the result in sentences, the totals and what counts. */
export function renderSummary({ answer, sentences, figures, counts }: SummarySection): Markup {
  return html`<section class="top" aria-labelledby="answer"><div>
<h2 id="answer">${answer}</h2>
${sentences.map((sentence) => (sentence === false ? '' : html`<p>${sentence}</p>`))}
<dl class="totals">${Object.entries(figures).map(([name, count]) => renderFigure(name, count))}</dl></div>
${counts}
</section>`;
}

/** Returns the figures of a journal. @param own the platform's own @param failedLabel the label of requests without an acceptance */
export function listFigures(
  { requests, failed, beacons, warned }: Readonly<Totals>,
  own: Readonly<Record<string, number>>,
  failedLabel = 'Not answered 200',
): Readonly<Record<string, number>> {
  return { Requests: requests, [failedLabel]: failed, ...own, Beacons: beacons, 'With warnings': warned };
}

/** Returns the number of counted events, such as `3 events counted`. */
export function describeCounted(counted: number, noun: string): Markup | string {
  if (counted === 0) return `No ${noun} counted so far`;
  return html`<b>${counted.toLocaleString('en')}</b> ${counted === 1 ? noun : `${noun}s`} counted`;
}

/** Returns the sentences about events that may count twice, that do not count and that were refused. */
export function describeProblems(
  { doubtful, notCounted }: { readonly doubtful: number; readonly notCounted: number },
  { refused }: Readonly<Totals>,
): readonly (Markup | false)[] {
  return [
    doubtful > 0 &&
      html`<b class="bad">${formatCount(doubtful, 'event')}</b> may count twice: see <a href="./?show=doubtful" data-show>why ${doubtful === 1 ? 'it was' : 'they were'} not merged</a>.`,
    notCounted > 0 && html`<b class="doubt">${formatCount(notCounted, 'event')}</b> not counted.`,
    refused > 0 && html`<b class="bad">${formatCount(refused, 'event')}</b> refused: see <a href="#requests">the requests</a>.`,
  ];
}

/** Shows the counted events by name, the most frequent first. */
export function renderNames(names: readonly NameCount[]): Markup {
  return renderCounts(
    { title: 'Counted by name', empty: 'No counted event yet.', row: 'name' },
    names.map(({ name, counted, values, ...count }) => ({
      name,
      counted,
      sources: describeSources(count),
      sums: formatSums(values),
    })),
  );
}
