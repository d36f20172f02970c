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

/** An event as a summary counts it. */
interface CountedEvent {
  readonly eventName: string | null;
  readonly counted: 'server' | 'browser' | 'none';
  readonly isMerged: boolean;
  readonly isOffline?: boolean;
  readonly doubtful: boolean;
  readonly reports: number;
  /** Undefined if it has no number. */
  readonly value: number | undefined;
  readonly currency: unknown;
}

/** Counts events by name, the most frequent first. */
export function summarize(events: readonly CountedEvent[]) {
  const names = new Map<string, NameCount>();
  const total = { counted: 0, merged: 0, offline: 0, notCounted: 0, duplicates: 0, doubtful: 0 };
  for (const { eventName, counted, isMerged, isOffline = false, doubtful, reports, value, currency } of events) {
    total.duplicates += reports - 1;
    if (counted === 'none') {
      total.notCounted += 1;
      continue;
    }
    const name = eventName ?? '';
    const count = names.get(name) ?? { name, counted: 0, byServer: 0, byBrowser: 0, merged: 0, offline: 0, values: new Map() };
    names.set(name, count);
    if (counted === 'server') count.byServer += 1;
    else count.byBrowser += 1;
    if (doubtful) total.doubtful += 1;
    for (const each of [total, count]) {
      each.counted += 1;
      each.merged += Number(isMerged);
      each.offline += Number(isOffline);
    }
    if (value === undefined || !Number.isFinite(value)) continue;
    const code = typeof currency === 'string' ? currency.toUpperCase() : '';
    count.values.set(code, Math.round(((count.values.get(code) ?? 0) + value) * 1_000) / 1_000);
  }
  return { ...total, names: [...names.values()].toSorted((a, b) => b.counted - a.counted) };
}

export type Summary = ReturnType<typeof summarize>;
