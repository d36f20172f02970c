import { defaultAlertRules } from '../../config/alerts.ts';
import { dayMs } from '../../event/units.ts';
import { type EvaluationDeps, evaluateRules, type Judgement } from './evaluate-rules.ts';
import type { ConnectionConditionInput, Facts, GatewayFacts, SiteFacts } from './facts.ts';

/** The facts of a healthy gateway with one shop, and their evaluation. */

export const now = Date.parse('2026-11-25T13:00:00Z');
export const gibiByte = 1024 ** 3;

const noContested = { hour: 0, day: 0, orders: 100 };
const unusedBudget = { purchases: { used: 0, limit: 10_000 }, bytes: { used: 0, limit: 2_000_000_000 } };

export function createConnectionInput(more: Partial<ConnectionConditionInput> = {}): ConnectionConditionInput {
  return {
    connection: 'bing',
    failures: 0,
    waiting: 0,
    maxAgeMs: 7 * dayMs,
    deadLetters: 0,
    deadPurchases: 0,
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

/** Evaluates the default rules, or others, at `now`. */
export function evaluate(facts: Facts, deps: Partial<EvaluationDeps> = {}): readonly Judgement[] {
  return evaluateRules(facts, { rules: defaultAlertRules, channels: [], mutes: [], open: new Set(), now, ...deps });
}

/** Returns the keys of the judgements whose condition holds. */
export function findKeys(facts: Facts, deps?: Partial<EvaluationDeps>): readonly string[] {
  return evaluate(facts, deps).flatMap(({ key, verdict }) => (typeof verdict === 'string' ? [] : [key]));
}
