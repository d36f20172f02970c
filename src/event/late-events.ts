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
export function getMaxEventAgeMs(site: LateSite): number {
  return listLateConnections(site).length > 0 ? lateMaxAgeMs : usualMaxAgeMs;
}

/** Lists the ids of the connections that upload late purchases: these are on, and there is an account and a goal for them. */
export function listLateConnections({ connections, lateAccounts }: LateSite): readonly string[] {
  const taking = connections.filter(({ id, enabled, takesLate }) => enabled && takesLate && (lateAccounts?.includes(id) ?? true));
  return taking.map(({ id }) => id);
}

/** Returns whether an event is too old because the connections that take late purchases have no account, or no goal for them. */
export function lacksLateAccount(site: LateSite, ageMs: number): boolean {
  const { lateAccounts: _, ...bySettings } = site;
  return ageMs > getMaxEventAgeMs(site) && ageMs <= getMaxEventAgeMs(bySettings);
}
