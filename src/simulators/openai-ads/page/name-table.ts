import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { formatCount, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { sortReports } from '../../kit/report.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { toDecimal } from './format-value.ts';

const shownNames = 12;

interface NameCount {
  counted: number;
  merged: number;
  /** Sum of the amounts in minor units, by currency. */
  readonly amounts: Map<string, number>;
}

/** Shows the counted events by name, the most frequent first. */
export function nameTable(events: readonly JournalEvent[]): Markup {
  const names = new Map<string, NameCount>();
  for (const event of events) addTo(names, event);
  const sorted = [...names].toSorted(([, a], [, b]) => b.counted - a.counted);
  const most = Math.max(1, ...sorted.map(([, { counted }]) => counted));
  return html`<div class="goals"><h3>Counted by name</h3>
${sorted.length === 0 ? html`<p class="note">No counted event yet.</p>` : ''}
<ul>${sorted.slice(0, shownNames).map(([name, count]) => renderRow(name, count, most))}</ul>
${sorted.length > shownNames ? html`<p class="note">And ${formatCount(sorted.length - shownNames, 'further name')}.</p>` : ''}</div>`;
}

function addTo(names: Map<string, NameCount>, event: JournalEvent): void {
  const { eventName, isMerged } = event;
  const count = names.get(eventName) ?? { counted: 0, merged: 0, amounts: new Map() };
  names.set(eventName, count);
  count.counted += 1;
  if (isMerged) count.merged += 1;
  const data = sortReports(event).used?.report.event.data;
  if (!isFields(data) || typeof data.amount !== 'number' || typeof data.currency !== 'string') return;
  count.amounts.set(data.currency, (count.amounts.get(data.currency) ?? 0) + data.amount);
}

function renderRow(name: string, { counted, merged, amounts }: NameCount, most: number): Markup {
  const sums = [...amounts].map(([currency, amount]) => `${toDecimal(amount, currency)} ${truncate(currency, 12)}`);
  return html`<li><div class="line"><strong><bdi>${truncate(name)}</bdi></strong><span class="value">${counted.toLocaleString('en')}</span></div>
<svg class="bar" width="100%" height="6" aria-hidden="true"><rect class="rail" width="100%" height="6" rx="3"/><rect width="${Math.round((counted / most) * 100)}%" height="6" rx="3"/></svg>
<div class="line quiet"><span>${merged > 0 ? `${merged} from browser and server` : 'from one source each'}</span><span class="value"><bdi>${sums.join(' + ')}</bdi></span></div></li>`;
}
