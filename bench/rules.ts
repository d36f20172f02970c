import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { mergeReports } from '../src/delivery/planning/merge-reports.ts';
import type { EnrichedEvent } from '../src/event/event.ts';
import type { Condition } from '../src/event/rule.ts';
import { acceptEvent } from '../src/ingest/accept/accept.ts';
import { compileRules, evaluateRules } from '../src/rules/evaluate.ts';
import { rulesSchema } from '../src/rules/rule-schema.ts';
import { createSubmissions } from './events.ts';
import { type Bench, compareRounds, interleave, type Row } from './interleaved-rounds.ts';
import { shopConfig } from './workspace.ts';

const ruleCount = 50;
const eventsPerTurn = 500;

/** Measures the CPU time of one rule on one event: 50 rules of several kinds, next to the same tests as plain functions. */
export async function measureRules({ size, progress }: Bench): Promise<readonly Row[]> {
  const events = createEvents(size.ruledEvents);
  const compiled = compileRules('bench', rulesSchema.parse(Array.from({ length: ruleCount }, (_, index) => createRule(index))));
  if (!compiled) throw new Error('The benchmark has no rules');
  const convey = (event: EnrichedEvent) => evaluateRules(compiled, event).applied.effects.length;
  const plain = (event: EnrichedEvent) => plainTests.filter((test) => test(event)).length;
  const pairs = await interleave(
    size.rounds,
    () => measure(events, convey),
    () => measure(events, plain),
  );
  progress('rules: done');
  return [
    {
      what: `${ruleCount} rules on ${size.ruledEvents} events`,
      unit: 'CPU µs/event and rule',
      ...compareRounds('plain functions', pairs),
      notes: { microsPerEvent: pairs.reduce((sum, { subject }) => sum + subject, 0) * (ruleCount / pairs.length) },
    },
  ];
}

/** The conditions of the rules, most of which hold for no event, as in a shop. */
const conditions: readonly ((index: number) => Condition)[] = [
  (index) => ({ field: 'commerce.tags', is: 'contains', value: `tag-${index}` }),
  (index) => ({
    all: [
      { field: 'name', is: 'equals', value: 'Purchase' },
      { field: 'commerce.value', is: 'greater', value: 1_000 + index },
    ],
  }),
  (index) => ({ field: 'user.country', is: 'in', value: ['FR', 'IT', `X${index}`] }),
  (index) => ({
    any: [
      { field: 'clickIds.gclid', is: 'present' },
      { field: 'properties.tier', is: 'equals', value: `tier-${index}` },
    ],
  }),
  (index) => ({ field: 'page.url', is: 'matches', value: `/campaign-${index}(/|$)` }),
];

function createRule(index: number) {
  const when = conditions[index % conditions.length]?.(index);
  return { id: `rule-${index}`, when, then: { set: { 'goal.label': `rule ${index}` } } };
}

type Test = (event: EnrichedEvent) => boolean;

const plainConditions: readonly ((index: number) => Test)[] = [
  (index) =>
    ({ commerce }) =>
      (commerce.tags ?? []).some((tag) => tag.toLowerCase().includes(`tag-${index}`)),
  (index) =>
    ({ name, commerce }) =>
      name === 'Purchase' && (commerce.value ?? 0) > 1_000 + index,
  (index) =>
    ({ client }) =>
      ['FR', 'IT', `X${index}`].includes(client.country ?? ''),
  (index) =>
    ({ identity, properties }) =>
      identity.clickIds.gclid !== undefined || properties.tier === `tier-${index}`,
  (index) => {
    const pattern = new RegExp(`/campaign-${index}(/|$)`);
    return ({ page }) => pattern.test(page.url ?? '');
  },
];
const plainTests = Array.from(
  { length: ruleCount },
  (_, index) => plainConditions[index % plainConditions.length]?.(index) ?? (() => false),
);

function createEvents(count: number): readonly EnrichedEvent[] {
  const [site] = shopConfig({ dataDir: '/', endpoint: 'http://127.0.0.1:9', enabled: true }).sites;
  if (!site) throw new Error('The benchmark has no site');
  const now = Date.now();
  return createSubmissions(count, { data: 'random', run: 'rules', known: true, now }).map((submission) => {
    const accepted = acceptEvent(submission, { reporter: 'server', gpc: false }, site, now, randomUUID);
    if (!('event' in accepted)) throw new Error('A benchmark event was rejected');
    return mergeReports([accepted.event]);
  });
}

/** Returns the CPU time per event and rule, in microseconds. */
async function measure(events: readonly EnrichedEvent[], run: (event: EnrichedEvent) => number): Promise<number> {
  const before = process.cpuUsage();
  let effects = 0;
  for (const [index, event] of events.entries()) {
    if (index % eventsPerTurn === 0) await nextTurn();
    effects += run(event);
  }
  const { user, system } = process.cpuUsage(before);
  if (effects < 0) throw new Error('A count cannot be negative');
  return (user + system) / events.length / ruleCount;
}
