import { isFields } from '../../kit/fields.ts';
import { type CountedName, renderCounts } from '../../kit/page/counts.ts';
import { type Markup, truncate } from '../../kit/page/page-elements.ts';
import { sortReports } from '../../kit/report.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { toDecimal } from './format-value.ts';

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
  return renderCounts(
    { title: 'Counted by name', empty: 'No counted event yet.', row: 'name' },
    sorted.map(([name, count]) => toCountedName(name, count)),
  );
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

function toCountedName(name: string, { counted, merged, amounts }: NameCount): CountedName {
  const sources = merged > 0 ? `${merged} from browser and server` : 'from one source each';
  const sums = [...amounts].map(([currency, amount]) => `${toDecimal(amount, currency)} ${truncate(currency, 12)}`).join(' + ');
  return { name, counted, sources, sums };
}
