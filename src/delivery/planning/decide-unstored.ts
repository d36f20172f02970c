import type { UnixMs } from '../../event/units.ts';
import { createTimeSlice } from '../../rules/time-slice.ts';
import type { LogRecord } from '../../storage/log/event-log.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { type DecisionDeps, findOrders, loadDecisionContext } from './decision-facts.ts';
import { loadPrimaryEvents } from './load-events.ts';
import { PayloadCheck } from './payload-check.ts';

/** The decision about a record that is not in the event log. */
export interface UnstoredDecision {
  readonly decision: Decision;
  /** The end of its wait for another report or for consent. */
  readonly heldUntil?: UnixMs;
}

/**
 * Decides about records that are not in the event log, and stores nothing. A hold is followed by the decision at its end. `heldUntil` is that
 * end.
 */
export async function decideUnstored(records: readonly LogRecord[], deps: DecisionDeps): Promise<readonly UnstoredDecision[]> {
  const { log, store, site } = deps;
  const loaded = await loadPrimaryEvents(log, store, site.id, records);
  const known = { ...(await loadDecisionContext(deps)), ...(await findOrders(loaded, deps)) };
  // Each payload is checked.
  const context = { ...known, payloadCheck: new PayloadCheck(deps.destination, () => true) };
  const time = createTimeSlice();
  const decided: UnstoredDecision[] = [];
  for (const one of loaded) {
    if (time.isSpent()) await time.yieldToOthers();
    const decision = decide(one, context);
    const heldUntil = 'hold' in decision && decision.hold.reason !== 'retry' ? decision.hold.dueAt : undefined;
    decided.push(heldUntil === undefined ? { decision } : { decision: decide(one, { ...context, now: heldUntil }), heldUntil });
  }
  return decided;
}
