import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Connection, Site } from '../../event/site.ts';
import type { EventLog, Offset } from '../../storage/log/event-log.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { Store } from '../../storage/ports/store.ts';
import { outcomeSentence } from '../http/outcome-names.ts';
import type { OutcomeView } from './schemas.ts';

export interface EventSources {
  readonly log: EventLog;
  readonly store: Store;
  readonly getPlatform: (connection: Connection) => Pick<BoundDestination, 'skipTexts'>;
}

export interface OutcomeSources extends Omit<EventSources, 'log' | 'store'> {
  readonly store: Pick<Store, 'getOutcomes' | 'getConnectionState'>;
}

/** Returns the current outcomes of these events, one per connection of the site. */
export async function loadOutcomes(
  site: Site,
  { store, getPlatform }: OutcomeSources,
  offsets: readonly Offset[],
): Promise<ReadonlyMap<Offset, readonly OutcomeView[]>> {
  const found = new Map<Offset, OutcomeView[]>(offsets.map((offset) => [offset, []]));
  for (const one of site.connections) {
    const { id: connection } = one;
    const { skipTexts } = getPlatform(one);
    const consumer = formatConsumerId(site.id, connection);
    const entries = await store.getOutcomes(consumer, offsets);
    const begins = entries.size < found.size ? (await store.getConnectionState(consumer))?.begins : undefined;
    for (const [offset, views] of found) {
      const entry = entries.get(offset);
      views.push(
        entry
          ? {
              connection,
              outcome: entry.outcome,
              says: outcomeSentence(entry.outcome, skipTexts),
              issues: entry.issues,
              ...(entry.rules && { rules: entry.rules }),
            }
          : createUnsentOutcome(connection, begins && offset <= begins.after ? 'before-connection' : 'undelivered'),
      );
    }
  }
  return found;
}

type UnsentOutcome = 'undelivered' | 'before-connection';

/** Returns the outcome of an event that a connection has not processed. */
export function createUnsentOutcome(connection: string, outcome: UnsentOutcome): OutcomeView {
  return { connection, outcome, says: outcomeSentence(outcome), issues: [] };
}

/** Returns whether a connection has not processed the event. */
export function isUnsent({ outcome }: Pick<OutcomeView, 'outcome'>): boolean {
  return outcome === 'undelivered' || outcome === 'before-connection';
}
