import { isFields } from '../../kit/fields.ts';
import type { JournalEvent } from './journal-event.ts';

/** The counted events of one name. */
export interface NameCount {
  readonly name: string;
  counted: number;
  /** Events for which the server's report is used. */
  byServer: number;
  byBrowser: number;
  /** Events that both sources reported. */
  merged: number;
  offline: number;
  /** Sum of the values by currency; the empty string if there is none. */
  readonly values: Map<string, number>;
}

/** The events of the journal that Pinterest would count. */
export interface Summary {
  counted: number;
  merged: number;
  offline: number;
  notCounted: number;
  /** Reports beyond the first of each event. */
  duplicates: number;
  /** Events that look like another event and were not merged with it. */
  doubtful: number;
  /** The most frequent name first. */
  readonly names: readonly NameCount[];
}

export function summarize(events: readonly JournalEvent[]): Summary {
  const names = new Map<string, NameCount>();
  const total = { counted: 0, merged: 0, offline: 0, notCounted: 0, duplicates: 0, doubtful: 0 };
  for (const event of events) {
    total.duplicates += event.server.length + event.browser.length - 1;
    if (event.counted === 'none') {
      total.notCounted += 1;
      continue;
    }
    total.counted += 1;
    if (event.isMerged) total.merged += 1;
    if (event.kind === 'offline') total.offline += 1;
    if (event.doubtful) total.doubtful += 1;
    const name = event.eventName ?? '';
    const empty = { name, counted: 0, byServer: 0, byBrowser: 0, merged: 0, offline: 0, values: new Map<string, number>() };
    const count = names.get(name) ?? empty;
    names.set(name, count);
    addTo(count, event);
  }
  return { ...total, names: [...names.values()].toSorted((a, b) => b.counted - a.counted) };
}

function addTo(count: NameCount, event: JournalEvent): void {
  count.counted += 1;
  if (event.counted === 'server') count.byServer += 1;
  if (event.counted === 'browser') count.byBrowser += 1;
  if (event.isMerged) count.merged += 1;
  if (event.kind === 'offline') count.offline += 1;
  const used = [...event.server, ...event.browser].find(({ duplicateOf }) => duplicateOf === undefined);
  const data = used?.event.custom_data;
  const value = isFields(data) && typeof data.value === 'string' ? Number.parseFloat(data.value) : Number.NaN;
  if (!isFields(data) || !Number.isFinite(value)) return;
  const currency = typeof data.currency === 'string' ? data.currency.toUpperCase() : '';
  count.values.set(currency, Math.round(((count.values.get(currency) ?? 0) + value) * 1_000) / 1_000);
}
