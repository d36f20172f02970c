import { Counter, type Registry } from 'prom-client';
import type { DurationPlace } from '../../event/durations.ts';
import type { ReportSource } from '../../event/event.ts';
import { reportSources } from '../../event/event.ts';
import { rejectionReasons } from '../../event/rejection-reasons.ts';
import type { Site } from '../../event/site.ts';
import { isSkipReason } from '../../event/skip-reasons.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import { parseConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { DeadLetterCause } from '../../storage/ports/dead-letters.ts';

/** The result of the events of one request. */
interface AcceptCounts {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly issues: readonly { readonly code: string }[] }[];
}

/** Counters since the start of the process. */
export interface Counters {
  countReceived(site: string, reporter: ReportSource, events: number): void;
  countResults(site: string, reporter: ReportSource, counts: AcceptCounts): void;
  countRefused(reason: string, requests?: number): void;
  /** Counts a durable commit of a connection's consumer. */
  countCommit(consumer: ConsumerId, commit: DeliveryCommit): void;
  /** Counts events that the platform accepted, and that a pause had delayed. */
  countAfterPause(place: DurationPlace, cause: PauseCause, events: number): void;
  /** Counts sites that this process took over from another one. */
  countTakeovers(sites: number): void;
  /** Counts a time that the database lost its last commits. */
  countDatabaseBack(): void;
  /** Counts a crash of a consumer; the one of a site's identity has no connection. */
  countCrash(consumer: ConsumerId): void;
  /** Sets the counters of a site to 0, so that its first event is visible as a change. */
  initialize(site: Site): void;
}

type PauseCause = NonNullable<ConnectionState['pause']>['cause'];

const causes: readonly DeadLetterCause[] = ['rejected', 'expired', 'corrupt'];

export function createCounters(registry: Registry): Counters {
  const registers = [registry];
  const intake = ['site', 'reporter'] as const;
  const received = new Counter({
    name: 'convey_events_received_total',
    help: 'Events in readable requests, before validation.',
    labelNames: intake,
    registers,
  });
  const accepted = new Counter({
    name: 'convey_events_accepted_total',
    help: 'Stored and acknowledged events.',
    labelNames: intake,
    registers,
  });
  const duplicates = new Counter({
    name: 'convey_events_duplicate_total',
    help: 'Repeated events: acknowledged, not stored again.',
    labelNames: intake,
    registers,
  });
  const rejected = new Counter({
    name: 'convey_events_rejected_total',
    help: 'Rejected events, by their first code.',
    labelNames: [...intake, 'reason'],
    registers,
  });
  const refused = new Counter({
    name: 'convey_requests_refused_total',
    help: "Rejected requests to the collector's port.",
    labelNames: ['reason'],
    registers,
  });
  const ofConnection = ['site', 'connection'] as const;
  const delivered = new Counter({
    name: 'convey_events_delivered_total',
    help: 'Events that the platform accepted.',
    labelNames: ofConnection,
    registers,
  });
  const afterPause = new Counter({
    name: 'convey_events_delivered_after_pause_total',
    help: 'Events that the platform accepted, and that were due during a pause or before it. Their times are in no histogram.',
    labelNames: [...ofConnection, 'cause'],
    registers,
  });
  const skipped = new Counter({
    name: 'convey_events_skipped_total',
    help: 'Events that were intentionally not sent.',
    labelNames: [...ofConnection, 'reason'],
    registers,
  });
  const dead = new Counter({
    name: 'convey_events_dead_total',
    help: 'Events that could not be delivered.',
    labelNames: [...ofConnection, 'cause'],
    registers,
  });
  const requests = new Counter({
    name: 'convey_requests_settled_total',
    help: 'Requests to the platform.',
    labelNames: [...ofConnection, 'result'],
    registers,
  });
  const crashes = new Counter({
    name: 'convey_consumer_crashes_total',
    help: "Steps of a consumer that ended by an error. Without a connection: the site's identity consumer.",
    labelNames: ofConnection,
    registers,
  });

  const takeovers = new Counter({
    name: 'convey_takeovers_total',
    help: 'Sites that this gateway took over from another one, which ended, stopped answering, or gave them away.',
    registers,
  });

  const databaseBack = new Counter({
    name: 'convey_database_went_back_total',
    help: 'Times that the database lost its last commits, by a failover or a restore, as this gateway saw it.',
    registers,
  });
  // A rate sees only changes from a value that was scraped.
  for (const reason of ['not-accepting', 'internal']) refused.inc({ reason }, 0);

  return {
    countReceived: (site, reporter, events) => received.inc({ site, reporter }, events),
    countResults(site, reporter, counts) {
      accepted.inc({ site, reporter }, counts.accepted);
      duplicates.inc({ site, reporter }, counts.duplicates);
      for (const { issues } of counts.rejected) rejected.inc({ site, reporter, reason: toKnownReason(issues[0]?.code) });
    },
    countRefused: (reason, requests = 1) => refused.inc({ reason }, requests),
    countCommit(consumer, { outcomes = [], restatedOrders = [], deadLetters = [], expired, settle, endReceipt }) {
      const labels = toLabels(consumer);
      for (const { outcome } of outcomes) {
        if (outcome === 'delivered') delivered.inc(labels);
        else if (isSkipReason(outcome)) skipped.inc({ ...labels, reason: outcome });
      }
      // Other refunds are `restated` or `retracted` without a request of their own.
      delivered.inc(labels, restatedOrders.length);
      for (const { cause } of deadLetters) dead.inc({ ...labels, cause });
      if (expired) dead.inc({ ...labels, cause: 'expired' }, expired.events);
      // A verdict that comes later ends a request that was counted before.
      if (settle && endReceipt === undefined) requests.inc({ ...labels, result: settle.result });
    },
    countAfterPause: ({ site, connection }, cause, events) => afterPause.inc({ site, connection, cause }, events),
    countTakeovers: (sites) => takeovers.inc(sites),
    countDatabaseBack: () => databaseBack.inc(),
    countCrash: (consumer) => crashes.inc(toLabels(consumer)),
    initialize({ id: site, connections }) {
      crashes.inc({ site, connection: '' }, 0);
      for (const reporter of reportSources)
        for (const counter of [received, accepted, duplicates]) counter.inc({ site, reporter }, 0);
      for (const { id: connection } of connections) {
        delivered.inc({ site, connection }, 0);
        crashes.inc({ site, connection }, 0);
        for (const cause of causes) dead.inc({ site, connection, cause }, 0);
      }
    },
  };
}

function toLabels(consumer: ConsumerId): { readonly site: string; readonly connection: string } {
  const { site, connection = '' } = parseConsumerId(consumer);
  return { site, connection };
}

/** Limits the label to the known reasons. */
function toKnownReason(code = ''): string {
  return Object.hasOwn(rejectionReasons, code) ? code : 'other';
}
