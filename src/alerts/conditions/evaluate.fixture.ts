import { defaultAlertRules } from '../../config/alerts.ts';
import { now } from '../../issues/facts/facts.fixture.ts';
import type { Facts } from '../../issues/facts/facts.ts';
import { type EvaluationDeps, evaluateRules, type Judgement } from './evaluate-rules.ts';

export { createConnectionInput, createFacts, createSiteFacts, gibiByte, now } from '../../issues/facts/facts.fixture.ts';

/** Evaluates the default rules, or others, at `now`. */
export function evaluate(facts: Facts, deps: Partial<EvaluationDeps> = {}): readonly Judgement[] {
  return evaluateRules(facts, { rules: defaultAlertRules, channels: [], mutes: [], open: new Set(), now, ...deps });
}

/** Returns the keys of the judgements whose condition holds. */
export function findKeys(facts: Facts, deps?: Partial<EvaluationDeps>): readonly string[] {
  return evaluate(facts, deps).flatMap(({ key, verdict }) => (typeof verdict === 'string' ? [] : [key]));
}
