import { html } from 'hono/html';
import { formatCount, type Markup, truncate } from '../../kit/page/page-elements.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalEvent } from '../journal/journal-event.ts';

const shownActions = 12;

interface ActionCount {
  readonly name: string;
  readonly counted: number;
  readonly merged: number;
  /** Sum of the values by currency. */
  readonly values: ReadonlyMap<string, number>;
}

/** Shows the result in sentences, the totals and the counted conversions by action. */
export function summarySection(events: readonly JournalEvent[], totals: Journal['totals']): Markup {
  const counted = events.filter((event) => event.counted !== 'none');
  const sum = (list: readonly JournalEvent[], get: (event: JournalEvent) => number) =>
    list.reduce((total, event) => total + get(event), 0);
  return html`<section class="top" aria-labelledby="answer"><div>
<h2 id="answer">${
    counted.length === 0
      ? 'No conversion counted so far'
      : html`<b>${counted.length.toLocaleString('en')}</b> ${counted.length === 1 ? 'conversion' : 'conversions'} counted`
  }</h2>
${sentences(events, totals).map((sentence) => html`<p>${sentence}</p>`)}
<dl class="totals">${figure('Requests', totals.requests)}${figure('Not answered 200', totals.failed)}${figure(
    'Adjustments',
    sum(events, ({ adjustments }) => adjustments),
  )}${figure('Beacons', totals.beacons)}${figure('With warnings', totals.warned)}</dl></div>
${actionTable(countActions(counted))}
</section>`;
}

function sentences(events: readonly JournalEvent[], totals: Journal['totals']): Markup[] {
  const count = (test: (event: JournalEvent) => boolean) => events.filter(test).length;
  const merged = count(({ isMerged }) => isMerged);
  const open = count(({ verdict }) => verdict === 'processing');
  const refused = count(({ verdict }) => verdict === 'refused');
  const unmatched = count(({ counted, matchedBy }) => counted !== 'none' && matchedBy.length === 0);
  const shown: (Markup | false)[] = [
    merged > 0 && html`<b class="both">${formatCount(merged, 'conversion')}</b> reported by browser and server and merged.`,
    open > 0 && html`<b class="doubt">${formatCount(open, 'conversion')}</b> without a verdict yet.`,
    refused > 0 && html`<b class="bad">${formatCount(refused, 'conversion')}</b> refused by a verdict.`,
    unmatched > 0 && html`<b class="doubt">${formatCount(unmatched, 'conversion')}</b> without a click id and user data.`,
    totals.refused > 0 &&
      html`<b class="bad">${formatCount(totals.refused, 'event')}</b> not taken: see <a href="#requests">the requests</a>.`,
  ];
  return shown.filter((sentence) => sentence !== false);
}

function figure(name: string, many: number): Markup {
  return html`<div><dt>${name}</dt><dd>${many.toLocaleString('en')}</dd></div>`;
}

function countActions(events: readonly JournalEvent[]): readonly ActionCount[] {
  const names = [...new Set(events.map(({ actionName }) => actionName))];
  return names
    .map((name) => {
      const own = events.filter(({ actionName }) => actionName === name);
      const values = new Map<string, number>();
      for (const { value, currency } of own)
        if (value !== null) values.set(currency ?? '', Math.round(((values.get(currency ?? '') ?? 0) + value) * 1_000) / 1_000);
      return { name, counted: own.length, merged: own.filter(({ isMerged }) => isMerged).length, values };
    })
    .toSorted((a, b) => b.counted - a.counted);
}

function actionTable(actions: readonly ActionCount[]): Markup {
  const most = Math.max(1, ...actions.map(({ counted }) => counted));
  return html`<div class="goals"><h3>Counted by action</h3>
${actions.length === 0 ? html`<p class="note">No counted conversion yet.</p>` : ''}
<ul>${actions.slice(0, shownActions).map((each) => actionRow(each, most))}</ul>
${actions.length > shownActions ? html`<p class="note">And ${formatCount(actions.length - shownActions, 'further action')}.</p>` : ''}</div>`;
}

function actionRow({ name, counted, merged, values }: ActionCount, most: number): Markup {
  const sums = [...values].map(([currency, sum]) => `${money(sum)} ${truncate(currency, 12)}`);
  return html`<li><div class="line"><strong><bdi>${truncate(name)}</bdi></strong><span class="value">${counted.toLocaleString('en')}</span></div>
<svg class="bar" width="100%" height="6" aria-hidden="true"><rect class="rail" width="100%" height="6" rx="3"/><rect width="${Math.round((counted / most) * 100)}%" height="6" rx="3"/></svg>
<div class="line quiet"><span>${merged > 0 ? `${merged} from browser and server` : ''}</span><span class="value"><bdi>${sums.join(' + ')}</bdi></span></div></li>`;
}

const money = (sum: number): string => sum.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 3 });
