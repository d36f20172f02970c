import { dayMs } from '../../event/units.ts';
import type { ConnectionConditionInput, ConnectionTrouble, Facts, GatewayFacts, SiteFacts } from './facts.ts';

/** The facts of a healthy gateway with one shop. */

export const now = Date.parse('2026-11-25T13:00:00Z');
export const gibiByte = 1024 ** 3;

const noContested = { hour: 0, day: 0, orders: 100 };
const unusedBudget = {
  visitors: { used: 0, limit: 200_000 },
  links: { used: 0, limit: 400_000 },
  purchases: { used: 0, limit: 10_000 },
  bytes: { used: 0, limit: 2_000_000_000 },
};

/** Returns the health and the trouble as the connection's card has them. */
function describe({ pause, failures = 0 }: Partial<ConnectionConditionInput>) {
  const trouble = (now: string, since: string, from?: number): ConnectionTrouble => ({
    now,
    since,
    ...(from !== undefined && { from }),
  });
  if (pause?.cause === 'operator')
    return { health: 'paused', trouble: trouble('is paused', 'has been paused', pause.since) } as const;
  if (pause) return { health: 'unhealthy', trouble: trouble('refuses the token', 'has refused the token', pause.since) } as const;
  if (failures > 0)
    return { health: 'unhealthy', trouble: trouble('answers with HTTP 503', 'has answered with HTTP 503') } as const;
  return { health: 'healthy' } as const;
}

export function createConnectionInput(more: Partial<ConnectionConditionInput> = {}): ConnectionConditionInput {
  return {
    connection: 'bing',
    name: 'Bing',
    platform: 'Bing',
    ...describe(more),
    says: 'Delivering.',
    isLossDoubtful: false,
    isRetried: false,
    failures: 0,
    waiting: 0,
    maxAgeMs: 7 * dayMs,
    deadLetters: 0,
    deadPurchases: 0,
    money: { waiting: [], dead: [] },
    day: { sent: 100, dead: 0 },
    week: { orders: 100, missing: 0, share: 1, withoutGoal: 0 },
    ...more,
  };
}

export function createSiteFacts(connections: readonly ConnectionConditionInput[], more: Partial<SiteFacts> = {}): SiteFacts {
  return {
    site: 'shop',
    name: 'The Shop',
    alertUnder: 0.9,
    silences: {},
    lostWhileDisabled: [],
    contested: noContested,
    budget: unusedBudget,
    connections,
    ...more,
  };
}

export function createFacts(sites: readonly SiteFacts[], gateway: Partial<GatewayFacts> = {}): Facts {
  return {
    gateway: { freeBytes: 10 * gibiByte, refuses: 'nothing', isDiskFull: false, channels: [], workingChannels: [], ...gateway },
    sites,
  };
}
