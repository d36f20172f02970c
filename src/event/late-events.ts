import type { Connection } from './site.ts';
import { dayMs } from './units.ts';

/** The age up to which events are accepted: no platform's conversions API takes older purchases. */
const usualMaxAgeMs = 7 * dayMs;
/** The age up to which a platform takes purchases that are uploaded to an account. */
const lateMaxAgeMs = 90 * dayMs;

/** Returns the age up to which a site's events are accepted: 90 days if one of its connections takes late purchases, else 7 days. */
export function getMaxEventAgeMs({
  connections,
}: {
  readonly connections: readonly Pick<Connection, 'enabled' | 'takesLate'>[];
}): number {
  return connections.some(({ enabled, takesLate }) => enabled && takesLate) ? lateMaxAgeMs : usualMaxAgeMs;
}
