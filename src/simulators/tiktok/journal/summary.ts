import { isFields } from '../../kit/fields.ts';
import type { JournalEvent } from './journal-event.ts';

/** The counted events of one name. */
export interface NameCount {
  readonly name: string;
  counted: number;
  /** Events whose first report was the server's. */
  byServer: number;
  byBrowser: number;
  /** Events that both sources reported. */
  merged: number;
  /** Sum of the values by currency; the empty string if there is none. */
  readonly values: Map<string, number>;
}

/** The events of the journal that TikTok would count. */
export interface Summary {
  counted: number;
  merged: number;
  notCounted: number;
  /** Reports that were dropped. */
  dropped: number;
  /** Events that look like another event and were not merged with it. */
  doubtful: number;
  tests: number;
  /** The most frequent name first. */
  readonly names: readonly NameCount[];
}

export function summarize(events: readonly JournalEvent[]): Summary {
  const names = new Map<string, NameCount>();
  const total = { counted: 0, merged: 0, notCounted: 0, dropped: 0, doubtful: 0, tests: 0 };
  for (const event of events) {
    total.dropped += [...event.server, ...event.browser].filter(({ use }) => use === 'dropped').length;
    if (event.reason === 'test') total.tests += 1;
    else if (event.counted === 'none') total.notCounted += 1;
    if (event.counted === 'none') continue;
    total.counted += 1;
    if (event.mergedBy !== null) total.merged += 1;
    if (event.doubtful) total.doubtful += 1;
    const name = event.eventName ?? '';
    const count = names.get(name) ?? { name, counted: 0, byServer: 0, byBrowser: 0, merged: 0, values: new Map() };
    names.set(name, count);
    addTo(count, event);
  }
  return { ...total, names: [...names.values()].toSorted((a, b) => b.counted - a.counted) };
}

function addTo(count: NameCount, event: JournalEvent): void {
  count.counted += 1;
  if (event.counted === 'server') count.byServer += 1;
  else count.byBrowser += 1;
  if (event.mergedBy !== null) count.merged += 1;
  const used = [...event.server, ...event.browser].find(({ use }) => use === 'first');
  const data = used?.event.properties;
  if (!isFields(data) || typeof data.value !== 'number' || !Number.isFinite(data.value)) return;
  const currency = typeof data.currency === 'string' ? data.currency.toUpperCase() : '';
  count.values.set(currency, Math.round(((count.values.get(currency) ?? 0) + data.value) * 1_000) / 1_000);
}
