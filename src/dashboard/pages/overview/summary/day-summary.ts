import { adjustedOutcomeNames, type OutcomeView, type TotalsView } from '../../../../api/client.ts';
import type { SkipReason } from '../../../../event/skip-reasons.ts';
import { isSkip } from '../../../data/outcomes.ts';

type Outcome = OutcomeView['outcome'];

/** The outcomes of a day's events on one connection. */
export interface ConnectionDay {
  readonly connection: string;
  readonly accepted: number;
  /** Duplicate reports are not included. */
  readonly skipped: number;
  /** Duplicate reports that were merged with their primary report. */
  readonly merged: number;
  /** Most frequent first. */
  readonly reasons: readonly { readonly reason: SkipReason; readonly events: number }[];
  /** Waiting for a duplicate report, for consent or for the next attempt. */
  readonly waiting: number;
  /** Sent, without a verdict of the platform so far. */
  readonly awaiting: number;
  /** Sent, without a verdict of the platform in time. */
  readonly unverified: number;
  /** Not yet processed by the connection. */
  readonly unsent: number;
  readonly beforeStart: number;
  readonly dead: number;
  readonly lost: number;
}

/** The events of one site on one day. */
export interface DaySummary {
  readonly received: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly connections: readonly ConnectionDay[];
}

const noEvents: DaySummary = { received: 0, duplicates: 0, rejected: 0, connections: [] };

/** Summarizes one site's totals. A site without totals had no events. */
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
  const count = (outcome: Outcome) => outcomes[outcome] ?? 0;
  const reasons = Object.entries(outcomes)
    .flatMap(([reason, events]) => (isSkip(reason) && events > 0 ? [{ reason, events }] : []))
    .sort((a, b) => b.events - a.events);
  return {
    connection,
    accepted: adjustedOutcomeNames.reduce((sum, outcome) => sum + count(outcome), count('delivered')),
    skipped: reasons.reduce((sum, { events }) => sum + events, 0),
    merged: count('duplicate'),
    reasons,
    waiting: count('waiting'),
    awaiting: count('awaiting-verdict'),
    unverified: count('unverified'),
    unsent: undelivered + count('undelivered'),
    beforeStart: earlier,
    dead: count('dead'),
    lost,
  };
}

/** Sums a figure over all connections. An event that two connections accepted counts twice. */
export function sumConnections(day: DaySummary, what: 'accepted' | 'skipped' | 'waiting' | 'unsent' | 'dead'): number {
  return day.connections.reduce((sum, one) => sum + one[what], 0);
}
