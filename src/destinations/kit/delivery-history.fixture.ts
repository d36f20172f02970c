import type { Json } from '../../event/issue.ts';
import type { Check, DeliveryHistory } from './why-not.ts';

const checkedAt = 1_795_600_000_000;

/** Returns the attempt that delivered a payload `ageMs` before the checks. */
export function createDelivery(payload: Json, ageMs: number): DeliveryHistory['attempts'][number] {
  return { startedAt: checkedAt - ageMs, payload, result: 'delivered' };
}

/** Returns the history of a delivered event at a healthy connection, with the given changes. */
export function createHistory(changes: Partial<DeliveryHistory>): DeliveryHistory {
  return {
    reporters: ['server'],
    outcome: 'delivered',
    says: 'A message.',
    issues: [],
    attempts: [],
    missing: [],
    connection: { health: 'healthy', says: 'Delivering.' },
    now: checkedAt,
    ...changes,
  };
}

/** Returns `title: answer` of each check. */
export function summarizeChecks(checks: readonly Check[]): readonly string[] {
  return checks.map(({ title, answer }) => `${title}: ${answer}`);
}
