import { html } from 'hono/html';
import { formatCount, type Markup, truncate } from '../../kit/page/page-elements.ts';
import type { Journal } from '../journal/journal.ts';
import type { NameCount, Summary } from '../journal/summary.ts';

const shownNames = 12;

/** Shows the result in sentences, the totals and the counted events by name. */
export function summarySection(summary: Summary, totals: Journal['totals']): Markup {
  const { counted, names, duplicates } = summary;
  return html`<section class="top" aria-labelledby="answer"><div>
<h2 id="answer">${
    counted === 0
      ? 'No event counted so far'
      : html`<b>${counted.toLocaleString('en')}</b> ${counted === 1 ? 'event' : 'events'} counted`
  }</h2>
${listSentences(summary, totals).map((sentence) => html`<p>${sentence}</p>`)}
<dl class="totals">${renderFigure('Requests', totals.requests)}${renderFigure('Not answered 200', totals.failed)}${renderFigure('Duplicates', duplicates)}${renderFigure('Beacons', totals.beacons)}${renderFigure('With warnings', totals.warned)}</dl></div>
${renderNames(names)}
</section>`;
}

function listSentences({ merged, offline, doubtful, notCounted }: Summary, totals: Journal['totals']): Markup[] {
  const shown: (Markup | false)[] = [
    merged > 0 && html`<b class="both">${formatCount(merged, 'event')}</b> reported by browser and server and merged.`,
    offline > 0 &&
      html`<b class="doubt">${formatCount(offline, 'event')}</b> received <a href="./?show=offline" data-show>over an hour late</a>: counted as offline, and never merged.`,
    doubtful > 0 &&
      html`<b class="bad">${formatCount(doubtful, 'event')}</b> may count twice: see <a href="./?show=doubtful" data-show>why ${doubtful === 1 ? 'it was' : 'they were'} not merged</a>.`,
    notCounted > 0 && html`<b class="doubt">${formatCount(notCounted, 'event')}</b> not counted.`,
    totals.refused > 0 &&
      html`<b class="bad">${formatCount(totals.refused, 'event')}</b> refused: see <a href="#requests">the requests</a>.`,
  ];
  return shown.filter((sentence) => sentence !== false);
}

function renderFigure(name: string, many: number): Markup {
  return html`<div><dt>${name}</dt><dd>${many.toLocaleString('en')}</dd></div>`;
}

function renderNames(names: readonly NameCount[]): Markup {
  const most = Math.max(1, ...names.map(({ counted }) => counted));
  return html`<div class="goals"><h3>Counted by name</h3>
${names.length === 0 ? html`<p class="note">No counted event yet.</p>` : ''}
<ul>${names.slice(0, shownNames).map((each) => renderName(each, most))}</ul>
${names.length > shownNames ? html`<p class="note">And ${formatCount(names.length - shownNames, 'further name')}.</p>` : ''}</div>`;
}

function renderName({ name, counted, byServer, byBrowser, merged, offline, values }: NameCount, most: number): Markup {
  const sums = [...values].map(
    ([currency, sum]) => `${formatMoney(sum)} ${currency === '' ? 'without a currency' : truncate(currency, 12)}`,
  );
  const bySource = [
    byBrowser > 0 && `${byBrowser} from the browser`,
    byServer > 0 && `${byServer} from the server`,
    offline > 0 && `${offline} offline`,
  ];
  const split = bySource.filter((part) => part !== false).join(', ') + (merged > 0 ? ` (${merged} from both)` : '');
  return html`<li><div class="line"><strong><bdi>${truncate(name)}</bdi></strong><span class="value">${counted.toLocaleString('en')}</span></div>
<svg class="bar" width="100%" height="6" aria-hidden="true"><rect class="rail" width="100%" height="6" rx="3"/><rect width="${Math.round((counted / most) * 100)}%" height="6" rx="3"/></svg>
<div class="line quiet"><span>${split}</span><span class="value"><bdi>${sums.join(' + ')}</bdi></span></div></li>`;
}

const formatMoney = (sum: number): string => sum.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 3 });
