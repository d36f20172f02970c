import type { LogRecord } from '../../storage/log/event-log.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { type DecisionDeps, findOrders, findOverBudget, loadDecisionContext, selectOwnRecords } from './decision-facts.ts';
import { loadEvents } from './load-events.ts';

/**
 * Whether an event could be sent again. `eligible`: yes. `skipped`: it would be skipped. `too-old`: the platform's age limit is exceeded. `gone`:
 * its body is no longer in the event log. `damaged`: its record is corrupt.
 */
export interface Eligibility {
  readonly record: LogRecord;
  readonly verdict: 'eligible' | 'skipped' | 'too-old' | 'gone' | 'damaged';
}

/** Decides whether events could be sent now. Signals and duplicates are left out. */
export async function checkEligibility(records: readonly LogRecord[], deps: DecisionDeps): Promise<readonly Eligibility[]> {
  const { log, store, site, consumer } = deps;
  const loaded = await loadEvents(log, store, site.id, selectOwnRecords(records, consumer));
  const context = {
    ...(await loadDecisionContext(deps)),
    ...(await findOverBudget(loaded, deps)),
    ...(await findOrders(loaded, deps)),
  };
  return loaded
    .filter(({ isDuplicate }) => !isDuplicate)
    .map((one) => ({ record: one.record, verdict: toEligibility(one.record, decide(one, context)) }));
}

function toEligibility({ body }: LogRecord, decision: Decision): Eligibility['verdict'] {
  if ('redacted' in body) return 'gone';
  if ('corrupt' in body) return 'damaged';
  if ('deadLetter' in decision && decision.deadLetter.cause === 'expired') return 'too-old';
  if ('skip' in decision && decision.skip.outcome === 'too-old-on-arrival') return 'too-old';
  return 'skip' in decision ? 'skipped' : 'eligible';
}
