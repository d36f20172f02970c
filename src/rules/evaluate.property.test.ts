import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confirmReports } from '../delivery/planning/confirm-reports.ts';
import { mergeReports } from '../delivery/planning/merge-reports.ts';
import { eventArbitrary } from '../destinations/kit/event.fixture.ts';
import type { EnrichedEvent, Event } from '../event/event.ts';
import type { Condition, FieldTest, Operator, Rule, RuleAction, SetValue } from '../event/rule.ts';
import { acceptEvent } from '../ingest/accept/accept.ts';
import { serverContext, shop } from '../ingest/site.fixture.ts';
import { compileRules, evaluateRules } from './evaluate.ts';
import { findField, namedFields, operatorsByType } from './fields.ts';
import { rulesSchema } from './rule-schema.ts';

const paths = [
  ...namedFields.map(({ path }) => path),
  'properties.margin',
  'properties.colour',
  'clickIds.msclkid',
  'browserIds._fbp',
];
const text = fc.stringMatching(/^[a-zA-Z0-9]{1,8}$/);
const number = fc.double({ min: -100, max: 1e9, noNaN: true });

/** Returns the test of a field by an operator that its type has. */
function createTest(field: string, is: Operator): fc.Arbitrary<FieldTest> {
  const isNumeric = ['greater', 'less', 'between'].includes(is) || findField(field)?.type === 'number';
  const one: fc.Arbitrary<string | number> = isNumeric ? number : text;
  if (is === 'present' || is === 'absent') return fc.constant({ field, is });
  if (is === 'in') return fc.array(one, { minLength: 1, maxLength: 3 }).map((value) => ({ field, is, value }));
  if (is === 'between') return fc.tuple(number, number).map((ends) => ({ field, is, value: ends.toSorted((a, b) => a - b) }));
  return one.map((value) => ({ field, is, value }));
}

const test = fc
  .constantFrom(...paths)
  .chain((path) => fc.constantFrom(...operatorsByType[findField(path)?.type ?? 'any']).chain((is) => createTest(path, is)));
const condition: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 4, arbitrary: test },
  fc.array(test, { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
  fc.array(test, { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
  test.map((not) => ({ not })),
);
const writable = namedFields.filter(({ access }) => access === 'write').map(({ path }) => path);
const setValue: fc.Arbitrary<SetValue> = fc.oneof(
  fc.constantFrom(...writable).map((from) => ({ from })),
  fc.double({ min: -10, max: 1e16, noNaN: true }),
  fc.constantFrom('EUR', 'jane@shop.example', 'wholesale'),
  fc.constantFrom(...paths).map((from) => ({ from })),
  fc.array(fc.constantFrom(...paths), { minLength: 1, maxLength: 3 }).map((minus) => ({ minus })),
);
const action: fc.Arbitrary<RuleAction> = fc.oneof(
  fc.constant({ skip: true as const }),
  fc.constantFrom('Lead', 'purchase', 'Whole_sale', '$identify', 'no name').map((rename) => ({ rename })),
  fc.dictionary(fc.constantFrom(...writable), setValue, { minKeys: 1, maxKeys: 2 }).map((set) => ({ set })),
  fc.dictionary(fc.constantFrom(...paths), setValue, { minKeys: 1, maxKeys: 2 }).map((set) => ({ set })),
  fc.constantFrom('Lead', 'HighValueOrder', 'Purchase', '1st').map((name) => ({ also: { name } })),
);
const ruleInput = fc.record({ id: fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/), when: condition, then: action });

/** Arbitrary rules that the schema accepts. */
const rules: fc.Arbitrary<readonly Rule[]> = fc
  .uniqueArray(ruleInput, { minLength: 1, maxLength: 12, selector: ({ id }) => id })
  .map((inputs) => inputs.flatMap((one) => rulesSchema.safeParse([one]).data ?? []));

/** Rules that copy the number of a property. */
const copies = rulesSchema.parse([
  { id: 'copy', when: { field: 'name', is: 'present' }, then: { set: { 'commerce.tax': { from: 'properties.colour' } } } },
  { id: 'again', when: { field: 'name', is: 'present' }, then: { set: { 'goal.value': { from: 'commerce.tax' } } } },
]);

/** Returns the event as a server would submit it. */
function toSubmission({ name, id, commerce, goal }: Event) {
  return { name, id, commerce, goal };
}

const personalPaths = (event: Event | EnrichedEvent) => ({ identity: event.identity, client: event.client });

describe('rules', () => {
  it('make no event that the server API refuses, or drops a field of, when they are arbitrary', () => {
    let [changed, added] = [0, 0];
    fc.assert(
      fc.property(rules, eventArbitrary, (some, event) => {
        const compiled = compileRules('ads', some);
        if (!compiled) return;
        const now = event.time;
        const accept = (one: Event) => acceptEvent({ ...toSubmission(one), time: now }, serverContext, shop, now, () => 'new-id');
        const before = accept(event);
        if (!('event' in before)) return;
        const accepted: EnrichedEvent = { ...before.event, reporters: event.reporters, properties: event.properties };
        const { event: after, also } = evaluateRules(compiled, accepted);
        changed += after === accepted ? 0 : 1;
        added += also.length;
        for (const one of [after, ...also]) {
          const result = accept(one);
          expect('rejection' in result ? result.rejection : undefined).toBeUndefined();
          if (!('event' in result)) continue;
          expect({ id: result.event.id, name: result.event.name }).toEqual({ id: one.id, name: one.name });
          expect(result.event.commerce).toEqual(one.commerce);
          expect(result.event.goal).toEqual(one.goal);
        }
      }),
      { numRuns: 400 },
    );
    expect({ hasChanged: changed > 20, hasAdded: added > 20 }).toEqual({ hasChanged: true, hasAdded: true });
  });

  it.each([
    ['texts', fc.uuid()],
    ['digits', fc.integer({ min: 1_000, max: 9_999 }).map((end) => `73918465125${end}`)],
  ])('change no personal data, and repeat none in an effect, when they are arbitrary and the data are %s', (kind, secrets) => {
    let copied = 0;
    fc.assert(
      fc.property(rules, fc.nat(12), eventArbitrary, secrets, (some, place, given, secret) => {
        const compiled = compileRules('ads', some.toSpliced(place, 0, ...copies));
        if (!compiled) return;
        const event: EnrichedEvent = {
          ...given,
          identity: {
            ...given.identity,
            anonymousId: secret,
            clickIds: { msclkid: { value: secret, at: 1 } },
            browserIds: { _fbp: secret },
          },
          client: { ip: secret, userAgent: secret },
          properties: { ...given.properties, colour: secret },
          commerce: { ...given.commerce, orderId: secret, checkoutId: secret, coupon: secret },
        };
        const result = evaluateRules(compiled, event);
        for (const one of [result.event, ...result.also]) {
          expect(personalPaths(one)).toEqual(personalPaths(event));
          expect([one.name, one.id].join(' ')).not.toContain(secret);
          // An amount may be the number of a property, if the operator's rule reads one.
          copied += String(one.goal.value) === secret ? 1 : 0;
          if (kind === 'digits') continue;
          const { orderId: _orderId, checkoutId: _checkoutId, coupon: _coupon, ...commerce } = one.commerce;
          expect(JSON.stringify([one.name, one.id, commerce, one.goal])).not.toContain(secret);
        }
        expect(JSON.stringify(result.applied)).not.toContain(secret);
      }),
      { numRuns: 400 },
    );
    expect(copied > 20).toBe(kind === 'digits');
  });

  it('depend on personal fields only by their presence, when the values change', () => {
    fc.assert(
      fc.property(rules, eventArbitrary, (some, event) => {
        const compiled = compileRules('ads', some);
        if (!compiled) return;
        const other: EnrichedEvent = {
          ...event,
          identity: {
            ...event.identity,
            forms: Object.fromEntries(Object.keys(event.identity.forms).map((form) => [form, '0'.repeat(64)])),
            clickIds: Object.fromEntries(Object.keys(event.identity.clickIds).map((name) => [name, { value: 'other', at: 1 }])),
          },
          client: { ...event.client, ip: '203.0.113.1', userAgent: 'other' },
        };
        expect(evaluateRules(compiled, other).applied).toEqual(evaluateRules(compiled, event).applied);
      }),
      { numRuns: 200 },
    );
  });

  it("have the effects of the shop's reports alone, when a browser's report that they do not confirm fills in any field", () => {
    let [skipped, changed, added] = [0, 0, 0];
    fc.assert(
      fc.property(rules, eventArbitrary, eventArbitrary, (some, ofShop, ofBrowser) => {
        const compiled = compileRules('ads', some);
        if (!compiled) return;
        const { notSent: _notSent, ...rest } = ofShop;
        const [consent, id] = [{ stated: 'granted', effective: 'granted' } as const, 'purchase-1'];
        const confirmed: EnrichedEvent = { ...rest, id, consent, reporter: 'server', reporters: ['server'] };
        const claim: Event = { ...ofBrowser, id, consent, reporter: 'browser', name: ofShop.name };
        const merged = { ...mergeReports(confirmReports([confirmed, claim])), confirmed };
        const alone = evaluateRules(compiled, confirmed);
        const joined = evaluateRules(compiled, merged);
        expect(joined.isSkipped).toBe(alone.isSkipped);
        expect(joined.applied).toEqual(alone.applied);
        expect(joined.event.name).toBe(alone.event.name);
        const { value, currency } = alone.event.commerce;
        const sent = joined.event.commerce;
        expect({
          value: value === undefined ? undefined : sent.value,
          currency: currency === undefined ? undefined : sent.currency,
        }).toEqual({ value, currency });
        const toAdded = ({ name, id, identity, commerce }: Event) => ({ name, id, identity, commerce });
        expect(joined.also.map(toAdded)).toEqual(alone.also.map(toAdded));
        skipped += alone.isSkipped ? 1 : 0;
        changed += alone.event === confirmed ? 0 : 1;
        added += alone.also.length;
      }),
      { numRuns: 500 },
    );
    expect([skipped > 20, changed > 20, added > 20]).toEqual([true, true, true]);
  });
});
