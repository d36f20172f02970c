import { html } from 'hono/html';
import { formatCount, type Markup, truncate } from '../../kit/page/page-elements.ts';
import type { Journal } from '../journal/journal.ts';
import type { NameCount, Summary } from '../journal/summary.ts';

const shownNames = 12;

/** Shows the result in sentences, the totals and the counted events by name. */
export function summarySection(summary: Summary, totals: Journal['totals']): Markup {
  const { counted, names, dropped } = summary;
  return html`<section class="top" aria-labelledby="answer"><div>
<h2 id="answer">${
    counted === 0
      ? 'No event counted so far'
      : html`<b>${counted.toLocaleString('en')}</b> ${counted === 1 ? 'event' : 'events'} counted`
  }</h2>
${sentences(summary, totals).map((sentence) => html`<p>${sentence}</p>`)}
<dl class="totals">${figure('Requests', totals.requests)}${figure('Without code 0', totals.failed)}${figure('Dropped', dropped)}${figure('Beacons', totals.beacons)}${figure('With warnings', totals.warned)}</dl></div>
${nameTable(names)}
</section>`;
}

function sentences(summary: Summary, totals: Journal['totals']): Markup[] {
  const { merged, doubtful, notCounted, tests } = summary;
  const shown: (Markup | false)[] = [
    merged > 0 && html`<b class="both">${formatCount(merged, 'event')}</b> reported by browser and server, and counted once.`,
    doubtful > 0 &&
      html`<b class="bad">${formatCount(doubtful, 'event')}</b> may count twice: see <a href="./?show=doubtful" data-show>why ${doubtful === 1 ? 'it was' : 'they were'} not merged</a>.`,
    notCounted > 0 && html`<b class="doubt">${formatCount(notCounted, 'event')}</b> not counted.`,
    totals.refused > 0 &&
      html`<b class="bad">${formatCount(totals.refused, 'event')}</b> refused: see <a href="#requests">the requests</a>.`,
    tests > 0 &&
      html`<b class="doubt">${formatCount(tests, 'event')}</b> with a <a href="./?show=test" data-show>test code</a>, which ${tests === 1 ? 'is' : 'are'} not counted.`,
  ];
  return shown.filter((sentence) => sentence !== false);
}

function figure(name: string, many: number): Markup {
  return html`<div><dt>${name}</dt><dd>${many.toLocaleString('en')}</dd></div>`;
}

function nameTable(names: readonly NameCount[]): Markup {
  const most = Math.max(1, ...names.map(({ counted }) => counted));
  return html`<div class="goals"><h3>Counted by name</h3>
${names.length === 0 ? html`<p class="note">No counted event yet.</p>` : ''}
<ul>${names.slice(0, shownNames).map((each) => nameRow(each, most))}</ul>
${names.length > shownNames ? html`<p class="note">And ${formatCount(names.length - shownNames, 'further name')}.</p>` : ''}</div>`;
}

function nameRow({ name, counted, byServer, byBrowser, merged, values }: NameCount, most: number): Markup {
  const sums = [...values].map(
    ([currency, sum]) => `${money(sum)} ${currency === '' ? 'without a currency' : truncate(currency, 12)}`,
  );
  const bySource = [byBrowser > 0 && `${byBrowser} from the browser`, byServer > 0 && `${byServer} from the server`];
  const split = bySource.filter((part) => part !== false).join(', ') + (merged > 0 ? ` (${merged} from both)` : '');
  return html`<li><div class="line"><strong><bdi>${truncate(name)}</bdi></strong><span class="value">${counted.toLocaleString('en')}</span></div>
<svg class="bar" width="100%" height="6" aria-hidden="true"><rect class="rail" width="100%" height="6" rx="3"/><rect width="${Math.round((counted / most) * 100)}%" height="6" rx="3"/></svg>
<div class="line quiet"><span>${split}</span><span class="value"><bdi>${sums.join(' + ')}</bdi></span></div></li>`;
}

const money = (sum: number): string => sum.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 3 });
