import type { Consent, ConsentSource, StatedConsent } from '../event/consent.ts';
import type { Page, Reporter } from '../event/event.ts';
import { isSignalName } from '../event/event-names.ts';
import type { UnixMs } from '../event/units.ts';

/** What one source said, in events and, beside them, in signals. Without a source: nobody said who it was, or anything. */
export interface ConsentBySource {
  readonly source?: ConsentSource;
  /** Events of shoppers, by what was stated. */
  readonly granted: number;
  readonly denied: number;
  readonly unknown: number;
  /** `$consent` signals that state a choice: who declined and left may have told nothing else. */
  readonly signals: number;
}

/** An event of the log, with its outcome on each connection. */
export interface ReportedEvent {
  readonly name: string;
  readonly reporter: Reporter;
  /** UNIX milliseconds. */
  readonly receivedAt: UnixMs;
  readonly consent: Consent;
  readonly page: Pick<Page, 'browserTag'>;
  readonly outcomes: readonly EventOutcomeOnConnection[];
}

export interface EventOutcomeOnConnection {
  readonly connection: string;
  readonly outcome: string;
  /** The reason, and what to do. */
  readonly says: string;
}

export interface OutcomeShareOfEvents {
  readonly outcome: string;
  readonly count: number;
  /** Why, and what to do. */
  readonly says: string;
}

/** What the browsers of a site said of consent, and what became of their events. Most first. */
export interface ConsentReport {
  /** Events from browsers. Signals, erased events and other reporters' are not among them. */
  readonly events: number;
  /** When the oldest and the newest of them were received. */
  readonly received?: { readonly from: UnixMs; readonly to: UnixMs };
  readonly stated: Readonly<Record<StatedConsent, number>>;
  /** Events that count as denied although nobody stated it. */
  readonly silentlyDenied: number;
  /** Whether anybody but the browser itself (Global Privacy Control) stated a choice, in an event or a signal. */
  readonly isTold: boolean;
  /** Page views that say that the browser tag ran. */
  readonly viewsOfTag: number;
  readonly sources: readonly ConsentBySource[];
  readonly connections: readonly { readonly connection: string; readonly outcomes: readonly OutcomeShareOfEvents[] }[];
}

/** Summarizes these events, such as the newest of a site. A row of an erased event counts for nothing. */
export function consentReport(rows: readonly (ReportedEvent | { readonly gone: unknown })[]): ConsentReport {
  const told = rows.filter((row): row is ReportedEvent => !('gone' in row) && row.reporter === 'browser');
  const events = told.filter(({ name }) => !isSignalName(name));
  const choices = told.filter(({ name, consent }) => name === '$consent' && consent.stated !== 'unknown');
  const times = events.map(({ receivedAt }) => receivedAt);
  return {
    events: events.length,
    ...(times.length > 0 && { received: { from: Math.min(...times), to: Math.max(...times) } }),
    stated: statedOf(events),
    silentlyDenied: events.filter(({ consent }) => consent.stated === 'unknown' && consent.effective === 'denied').length,
    isTold: [...events, ...choices].some(({ consent }) => consent.stated !== 'unknown' && consent.source !== 'gpc'),
    viewsOfTag: events.filter(({ name, page }) => name === 'PageView' && page.browserTag === 'ran').length,
    sources: sourcesOf(events, choices),
    connections: connectionsOf(events),
  };
}

function statedOf(events: readonly ReportedEvent[]): Record<StatedConsent, number> {
  const stated = { granted: 0, denied: 0, unknown: 0 };
  for (const { consent } of events) stated[consent.stated] += 1;
  return stated;
}

function sourcesOf(events: readonly ReportedEvent[], choices: readonly ReportedEvent[]): readonly ConsentBySource[] {
  const known = new Set([...events, ...choices].map(({ consent }) => consent.source));
  const shares = [...known].map((source): ConsentBySource => {
    const isOf = ({ consent }: ReportedEvent) => consent.source === source;
    return {
      ...(source !== undefined && { source }),
      ...statedOf(events.filter(isOf)),
      signals: choices.filter(isOf).length,
    };
  });
  const weight = ({ granted, denied, unknown }: ConsentBySource) => granted + denied + unknown;
  return shares.toSorted((a, b) => weight(b) - weight(a));
}

function connectionsOf(events: readonly ReportedEvent[]): ConsentReport['connections'] {
  const byConnection = new Map<string, Map<string, OutcomeShareOfEvents>>();
  for (const { connection, outcome, says } of events.flatMap(({ outcomes }) => outcomes)) {
    const shares = byConnection.get(connection) ?? new Map<string, OutcomeShareOfEvents>();
    byConnection.set(connection, shares);
    shares.set(outcome, { outcome, says, count: (shares.get(outcome)?.count ?? 0) + 1 });
  }
  return [...byConnection].map(([connection, shares]) => ({
    connection,
    outcomes: [...shares.values()].toSorted((a, b) => b.count - a.count),
  }));
}
