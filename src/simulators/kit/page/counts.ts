import { html } from 'hono/html';
import { formatCount, type Markup, truncate } from './page-elements.ts';

const shownRows = 12;

/** The counted events with one name. */
export interface CountedName {
  readonly name: string;
  readonly counted: number;
  /** The sources of the events, as `describeSources` returns them. */
  readonly sources: string;
  /** The sums of their values, as `formatSums` returns them. */
  readonly sums: string;
}

interface CountTexts {
  readonly title: string;
  /** Shown without a row. */
  readonly empty: string;
  /** The noun of a row, such as `name`. */
  readonly row: string;
}

/** Renders a number with its name, for a list of totals. */
export function renderFigure(name: string, count: number): Markup {
  return html`<div><dt>${name}</dt><dd>${count.toLocaleString('en')}</dd></div>`;
}

/** Renders the counted events by name, in the order given. */
export function renderCounts({ title, empty, row }: CountTexts, names: readonly CountedName[]): Markup {
  const most = Math.max(1, ...names.map(({ counted }) => counted));
  const hidden = names.length - shownRows;
  return html`<div class="goals"><h3>${title}</h3>
${names.length === 0 ? html`<p class="note">${empty}</p>` : ''}
<ul>${names.slice(0, shownRows).map(
    ({ name, counted, sources, sums }) =>
      html`<li><div class="line"><strong><bdi>${truncate(name)}</bdi></strong><span class="value">${counted.toLocaleString('en')}</span></div>
${renderBar(counted / most, sources, sums)}</li>`,
  )}</ul>
${hidden > 0 ? html`<p class="note">And ${formatCount(hidden, `further ${row}`)}.</p>` : ''}</div>`;
}

/** Renders a bar with the sources and sums below it. @param share from 0 to 1. */
export function renderBar(share: number, sources: string, sums: string): Markup {
  return html`<svg class="bar" width="100%" height="6" aria-hidden="true"><rect class="rail" width="100%" height="6" rx="3"/><rect width="${Math.round(share * 100)}%" height="6" rx="3"/></svg>
<div class="line quiet"><span>${sources}</span><span class="value"><bdi>${sums}</bdi></span></div>`;
}

interface SourceCounts {
  readonly byBrowser: number;
  readonly byServer: number;
  readonly merged: number;
  /** Events that are merged with no others, such as late ones. */
  readonly offline?: number;
}

/** Returns the number of events from each source, such as `3 from the browser, 2 from the server (1 from both)`. */
export function describeSources({ byBrowser, byServer, merged, offline = 0 }: SourceCounts): string {
  const parts = [
    byBrowser > 0 && `${byBrowser} from the browser`,
    byServer > 0 && `${byServer} from the server`,
    offline > 0 && `${offline} offline`,
  ];
  return parts.filter((part) => part !== false).join(', ') + (merged > 0 ? ` (${merged} from both)` : '');
}

/** Formats sums of values by currency; the empty string if there is none. */
export function formatSums(values: ReadonlyMap<string, number>): string {
  return [...values].map(([currency, sum]) => `${formatMoney(sum)} ${formatCurrency(currency)}`).join(' + ');
}

function formatMoney(sum: number): string {
  return sum.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 3 });
}

function formatCurrency(currency: string): string {
  return currency === '' ? 'without a currency' : truncate(currency, 12);
}
