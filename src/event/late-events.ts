import type { Connection, Site } from './site.ts';
import { dayMs } from './units.ts';

/** The age up to which events are accepted: no platform's conversions API takes older purchases. */
const usualMaxAgeMs = 7 * dayMs;
/** The age up to which a platform takes purchases that are uploaded to an account. */
const lateMaxAgeMs = 90 * dayMs;

/** The parts of a site that decide how old its events may be. */
export type LateSite = Pick<Site, 'lateAccounts'> & {
  readonly connections: readonly Pick<Connection, 'id' | 'enabled' | 'takesLate'>[];
};

/**
 * Returns the age up to which a site's events are accepted: 90 days if one of its connections takes late purchases and has an account and a goal
 * for them, else 7 days.
 */
export function getMaxEventAgeMs({ connections, lateAccounts }: LateSite): number {
  const takesLate = connections.some((one) => one.enabled && one.takesLate && (lateAccounts?.includes(one.id) ?? true));
  return takesLate ? lateMaxAgeMs : usualMaxAgeMs;
}

/** Returns whether an event is too old because the connections that take late purchases have no account, or no goal for them. */
export function lacksLateAccount(site: LateSite, ageMs: number): boolean {
  const { lateAccounts: _, ...bySettings } = site;
  return ageMs > getMaxEventAgeMs(site) && ageMs <= getMaxEventAgeMs(bySettings);
}
