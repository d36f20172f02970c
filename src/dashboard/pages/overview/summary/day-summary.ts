import type { OutcomeView, TotalsView } from '../../../../api/client.ts';
import type { SkipReason } from '../../../../event/skip-reasons.ts';

type Outcome = OutcomeView['outcome'];

/** What became of a time's events on one connection, as people count. */
export interface ConnectionDay {
  readonly connection: string;
  readonly accepted: number;
  /** Copies not among them. */
  readonly skipped: number;
  /** Further reports of events that are counted already. */
  readonly merged: number;
  /** The most frequent first. */
  readonly reasons: readonly { readonly reason: SkipReason; readonly events: number }[];
  /** For their copy, for consent, or for the next try. */
  readonly waiting: number;
  /** The connection has not come to them. */
  readonly unsent: number;
  readonly beforeStart: number;
  readonly dead: number;
  readonly lost: number;
}

/** The events of one site of a time. */
export interface DaySummary {
  readonly received: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly connections: readonly ConnectionDay[];
}

const noEvents: DaySummary = { received: 0, duplicates: 0, rejected: 0, connections: [] };

/** A copy is joined with its event, which the shop sees as one. */
const isSkip = (outcome: string): outcome is SkipReason =>
  outcome !== 'duplicate' && outcome !== 'delivered' && outcome !== 'waiting' && outcome !== 'dead' && outcome !== 'undelivered';

/** A site that is not among them had no events. */
export function summarizeDay(totals: readonly TotalsView[], site: string): DaySummary {
  const found = totals.find((one) => one.site === site);
  if (!found) return noEvents;
  const { received, copies, refused } = found;
  return { received, duplicates: copies, rejected: refused, connections: found.connections.map(summarizeConnection) };
}

function summarizeConnection({
  connection,
  outcomes,
  undelivered,
  earlier,
  lost,
}: TotalsView['connections'][number]): ConnectionDay {
  const countOf = (outcome: Outcome) => outcomes[outcome] ?? 0;
  const reasons = Object.entries(outcomes)
    .flatMap(([reason, events]) => (isSkip(reason) && events > 0 ? [{ reason, events }] : []))
    .sort((a, b) => b.events - a.events);
  return {
    connection,
    accepted: countOf('delivered'),
    skipped: reasons.reduce((sum, { events }) => sum + events, 0),
    merged: countOf('duplicate'),
    reasons,
    waiting: countOf('waiting'),
    unsent: undelivered + countOf('undelivered'),
    beforeStart: earlier,
    dead: countOf('dead'),
    lost,
  };
}

/** All connections together; what several of them accepted counts for each. */
export function sumConnections(day: DaySummary, what: 'accepted' | 'skipped' | 'waiting' | 'unsent' | 'dead'): number {
  return day.connections.reduce((sum, one) => sum + one[what], 0);
}

/** Events that Convey lost count of, whichever way; 0, or there is a fault. */
export function countLost(day: DaySummary): number {
  return Math.max(0, ...day.connections.map(({ lost }) => Math.abs(lost)));
}
