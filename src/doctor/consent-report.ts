import type { Consent, ConsentSource, StatedConsent } from '../event/consent.ts';
import { isFromPage, type Page, type ReportSource } from '../event/event.ts';
import { isSignalName } from '../event/event-names.ts';
import type { UnixMs } from '../event/units.ts';
import type { Via } from '../event/via.ts';

/** The choices of one consent source, in events and in signals. `source` is undefined if the source or the choice is unknown. */
export interface ConsentBySource {
  readonly source?: ConsentSource;
  /** The number of events by stated consent. */
  readonly granted: number;
  readonly denied: number;
  readonly unknown: number;
  /** The number of `$consent` signals with a choice. A shopper who declines and leaves may send nothing else. */
  readonly signals: number;
}

/** An event with its outcome on each connection. */
export interface ReportedEvent {
  readonly name: string;
  readonly id: string;
  readonly reporter: ReportSource;
  readonly via?: Via | undefined;
  /** UNIX milliseconds. */
  readonly receivedAt: UnixMs;
  readonly consent: Consent;
  readonly page: Pick<Page, 'browserTags'>;
  readonly outcomes: readonly EventOutcomeOnConnection[];
}

export interface EventOutcomeOnConnection {
  readonly connection: string;
  readonly outcome: string;
  /** The reason and the remedy. */
  readonly says: string;
}

export interface OutcomeShare {
  readonly outcome: string;
  readonly count: number;
  /** The reason and the remedy. */
  readonly says: string;
}

/** The consent of a site's browser events, and their outcomes, the most frequent first. */
export interface ConsentReport {
  /** The number of browser events. Excludes signals, erased events and other sources. */
  readonly events: number;
  /** The times when the oldest and the newest event were received. */
  readonly received?: { readonly from: UnixMs; readonly to: UnixMs };
  readonly stated: Readonly<Record<StatedConsent, number>>;
  /** The number of events with unknown consent that counts as denied. */
  readonly silentlyDenied: number;
  /** Whether an event or a signal has a choice from a source other than Global Privacy Control. */
  readonly isTold: boolean;
  /** The numbers of page views that report that a platform's browser tag ran, by destination. */
  readonly viewsOfTags: Readonly<Record<string, number>>;
  readonly sources: readonly ConsentBySource[];
  readonly connections: readonly { readonly connection: string; readonly outcomes: readonly OutcomeShare[] }[];
}

/** Summarizes events, such as the newest of a site. Ignores erased events. */
export function consentReport(rows: readonly (ReportedEvent | { readonly gone: unknown })[]): ConsentReport {
  const browserEvents = rows.filter((row): row is ReportedEvent => !('gone' in row) && isFromPage(row));
  const events = joinReports(browserEvents.filter(({ name }) => !isSignalName(name)));
  const choices = browserEvents.filter(({ name, consent }) => name === '$consent' && consent.stated !== 'unknown');
  const times = events.map(({ receivedAt }) => receivedAt);
  return {
    events: events.length,
    ...(times.length > 0 && { received: { from: Math.min(...times), to: Math.max(...times) } }),
    stated: countStated(events),
    silentlyDenied: events.filter(({ consent }) => consent.stated === 'unknown' && consent.effective === 'denied').length,
    isTold: [...events, ...choices].some(({ consent }) => consent.stated !== 'unknown' && consent.source !== 'gpc'),
    viewsOfTags: countTaggedViews(events.filter(({ name }) => name === 'PageView')),
    sources: listSources(events, choices),
    connections: listConnections(events),
  };
}

/** Returns one report of each event: the one in which the visitor declined, else the first. */
function joinReports(reports: readonly ReportedEvent[]): readonly ReportedEvent[] {
  const ofEvents = Map.groupBy(reports, ({ name, id }) => `${name} ${id}`);
  return [...ofEvents.values()].flatMap((all) => all.find(({ consent }) => consent.stated === 'denied') ?? all[0] ?? []);
}

/** Counts page views by the destinations whose browser tag ran. */
export function countTaggedViews(views: readonly Pick<ReportedEvent, 'page'>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { page } of views)
    for (const [destination, state] of Object.entries(page.browserTags ?? {}))
      if (state === 'ran') counts[destination] = (counts[destination] ?? 0) + 1;
  return counts;
}

function countStated(events: readonly ReportedEvent[]): Record<StatedConsent, number> {
  const stated = { granted: 0, denied: 0, unknown: 0 };
  for (const { consent } of events) stated[consent.stated] += 1;
  return stated;
}

function listSources(events: readonly ReportedEvent[], choices: readonly ReportedEvent[]): readonly ConsentBySource[] {
  const known = new Set([...events, ...choices].map(({ consent }) => consent.source));
  const shares = [...known].map((source): ConsentBySource => {
    const isFromSource = ({ consent }: ReportedEvent) => consent.source === source;
    return {
      ...(source !== undefined && { source }),
      ...countStated(events.filter(isFromSource)),
      signals: choices.filter(isFromSource).length,
    };
  });
  const weight = ({ granted, denied, unknown }: ConsentBySource) => granted + denied + unknown;
  return shares.toSorted((a, b) => weight(b) - weight(a));
}

function listConnections(events: readonly ReportedEvent[]): ConsentReport['connections'] {
  const byConnection = new Map<string, Map<string, OutcomeShare>>();
  for (const { connection, outcome, says } of events.flatMap(({ outcomes }) => outcomes)) {
    const shares = byConnection.get(connection) ?? new Map<string, OutcomeShare>();
    byConnection.set(connection, shares);
    shares.set(outcome, { outcome, says, count: (shares.get(outcome)?.count ?? 0) + 1 });
  }
  return [...byConnection].map(([connection, shares]) => ({
    connection,
    outcomes: [...shares.values()].toSorted((a, b) => b.count - a.count),
  }));
}
