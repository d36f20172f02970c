import { Counter, type Registry } from 'prom-client';
import type { Reporter } from '../../event/event.ts';
import { reporters } from '../../event/event.ts';
import { rejectionReasons } from '../../event/rejection-reasons.ts';
import type { Site } from '../../event/site.ts';
import { isSkipReason } from '../../event/skip-reasons.ts';
import type { ConsumerId } from '../../storage/store/consumer-id.ts';
import type { DeliveryCommit } from '../../storage/store/consumers.ts';
import type { DeadLetterCause } from '../../storage/store/dead-letters.ts';

/** What became of the events of one body. */
interface Taken {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly issues: readonly { readonly code: string }[] }[];
}

/** Counts things where they happen, from the start of the process on. */
export interface Counters {
  received(site: string, reporter: Reporter, events: number): void;
  taken(site: string, reporter: Reporter, taken: Taken): void;
  refused(reason: string): void;
  /** A step of a connection's pump that is durable. */
  committed(pump: ConsumerId, delta: DeliveryCommit): void;
  /** Has what a site counts stand at 0 rather than be absent, so that its first event is seen as a change. */
  begin(site: Site): void;
}

const causes: readonly DeadLetterCause[] = ['rejected', 'expired', 'corrupt'];

export function createCounters(registry: Registry): Counters {
  const registers = [registry];
  const intake = ['site', 'reporter'] as const;
  const received = new Counter({
    name: 'convey_events_received_total',
    help: 'Events of requests that were read, before anything became of them.',
    labelNames: intake,
    registers,
  });
  const accepted = new Counter({
    name: 'convey_events_accepted_total',
    help: 'Events that were newly stored, and acknowledged.',
    labelNames: intake,
    registers,
  });
  const duplicates = new Counter({
    name: 'convey_events_duplicate_total',
    help: 'Events that the same reporter had sent before: acknowledged, and not stored again.',
    labelNames: intake,
    registers,
  });
  const rejected = new Counter({
    name: 'convey_events_rejected_total',
    help: 'Events that were rejected, by the first code of the rejection.',
    labelNames: [...intake, 'reason'],
    registers,
  });
  const refused = new Counter({
    name: 'convey_requests_refused_total',
    help: "Requests to the collector's port that were not taken, by the code of the error.",
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
  const skipped = new Counter({
    name: 'convey_events_skipped_total',
    help: 'Events that were not sent although nothing is wrong with them, by the reason.',
    labelNames: [...ofConnection, 'reason'],
    registers,
  });
  const dead = new Counter({
    name: 'convey_events_dead_total',
    help: 'Events that became dead letters, by the cause.',
    labelNames: [...ofConnection, 'cause'],
    registers,
  });
  const requests = new Counter({
    name: 'convey_requests_settled_total',
    help: 'Requests to the platform, by what came of them.',
    labelNames: [...ofConnection, 'result'],
    registers,
  });

  return {
    received: (site, reporter, events) => received.inc({ site, reporter }, events),
    taken(site, reporter, taken) {
      accepted.inc({ site, reporter }, taken.accepted);
      duplicates.inc({ site, reporter }, taken.duplicates);
      for (const { issues } of taken.rejected) rejected.inc({ site, reporter, reason: knownReason(issues[0]?.code) });
    },
    refused: (reason) => refused.inc({ reason }),
    committed(pump, { outcomes = [], deadLetters = [], expired, settle }) {
      const labels = labelsOf(pump);
      for (const { outcome } of outcomes) {
        if (outcome === 'delivered') delivered.inc(labels);
        else if (isSkipReason(outcome)) skipped.inc({ ...labels, reason: outcome });
      }
      for (const { cause } of deadLetters) dead.inc({ ...labels, cause });
      if (expired) dead.inc({ ...labels, cause: 'expired' }, expired.events);
      if (settle) requests.inc({ ...labels, result: settle.result });
    },
    begin({ id: site, connections }) {
      for (const reporter of reporters)
        for (const counter of [received, accepted, duplicates]) counter.inc({ site, reporter }, 0);
      for (const { id: connection } of connections) {
        delivered.inc({ site, connection }, 0);
        for (const cause of causes) dead.inc({ site, connection, cause }, 0);
      }
    },
  };
}

/** Neither ids of sites nor those of connections have a slash. */
function labelsOf(pump: ConsumerId): { readonly site: string; readonly connection: string } {
  const [site = '', connection = ''] = pump.split('/');
  return { site, connection };
}

/** Labels are of a list that is known, whatever a rejection says. */
function knownReason(code = ''): string {
  return Object.hasOwn(rejectionReasons, code) ? code : 'other';
}
