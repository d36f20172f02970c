import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { mergeReports } from '../src/delivery/planning/merge-reports.ts';
import type { EnrichedEvent } from '../src/event/event.ts';
import type { Condition, Rule } from '../src/event/rule.ts';
import { acceptEvent } from '../src/ingest/accept/accept.ts';
import { compileRules, evaluateRules } from '../src/rules/evaluate.ts';
import { rulesSchema } from '../src/rules/rule-schema.ts';
import { createSubmissions } from './events.ts';
import { type Bench, compareRounds, interleave, type Row } from './interleaved-rounds.ts';
import { shopConfig } from './workspace.ts';

const ruleCount = 50;
const eventsPerTurn = 500;
/** Events of the worst case, each of which takes milliseconds. A quick run takes fewer. */
const worstEvents = 40;

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
  const worst = await measureWorst(Math.min(worstEvents, Math.ceil(size.ruledEvents / worstEvents)));
  progress('rules: done');
  return [
    {
      what: 'the worst rules that can be saved, on the worst event',
      unit: 'CPU ms/event',
      convey: worst.value,
      notes: worst.notes,
    },
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

/** Returns as many tests as a list may have, none of which holds. */
function fillList(test: Condition): readonly Rule[] {
  const when = { any: Array.from({ length: 49 }, () => test) };
  return rulesSchema.parse(Array.from({ length: 6 }, (_, index) => ({ id: `r${index}`, when, then: { skip: true } })));
}

/** A pattern with as many steps as a list may have. It tries all of them at each character. */
const slowPattern = `(?i)${'a?'.repeat(240)}!`;
const chars = 8_000;

/** Measures each kind of test that a list may be filled with, on an event whose field is as long as the test reads. */
async function measureWorst(
  eventCount: number,
): Promise<{ readonly value: number; readonly notes: Readonly<Record<string, number>> }> {
  const [event] = createEvents(1);
  if (!event) throw new Error('The benchmark has no event');
  const long = Array.from({ length: 250 }, (_, index) => String(index).padStart(chars / 250, 'a'));
  const given = {
    ...event,
    commerce: { ...event.commerce, items: long.slice(0, 200).map((name) => ({ name })) },
    properties: { long, text: 'a'.repeat(chars) },
  };
  const slow = { id: 'slow', when: { field: 'properties.text', is: 'matches', value: slowPattern }, then: { skip: true } };
  const kinds: Readonly<Record<string, readonly Rule[]>> = {
    contains: fillList({ field: 'properties.long', is: 'contains', value: `${'a'.repeat(40)}b` }),
    equals: fillList({ field: 'properties.long', is: 'equals', value: 'b' }),
    items: fillList({ field: 'items.name', is: 'starts-with', value: 'b' }),
    matches: rulesSchema.parse([slow]),
  };
  const notes: Record<string, number> = {};
  for (const [kind, list] of Object.entries(kinds)) {
    const compiled = compileRules('bench', list, list);
    if (!compiled) throw new Error('The benchmark has no rules');
    const events = Array.from({ length: eventCount }, () => ({ ...given }));
    for (let warmUp = 0; warmUp < eventCount / 2; warmUp++) evaluateRules(compiled, given);
    const micros = await measure(events, (one) => evaluateRules(compiled, one).applied.effects.length, 1);
    notes[`${kind}Millis`] = micros / 1_000;
  }
  return { value: Math.max(...Object.values(notes)), notes };
}

/** Returns the CPU time per event and rule, in microseconds. */
async function measure(
  events: readonly EnrichedEvent[],
  run: (event: EnrichedEvent) => number,
  rulesPerEvent: number = ruleCount,
): Promise<number> {
  const before = process.cpuUsage();
  let effects = 0;
  for (const [index, event] of events.entries()) {
    if (index % eventsPerTurn === 0) await nextTurn();
    effects += run(event);
  }
  const { user, system } = process.cpuUsage(before);
  if (effects < 0) throw new Error('A count cannot be negative');
  return (user + system) / events.length / rulesPerEvent;
}
