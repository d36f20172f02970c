import { describe, expect, it } from 'vitest';
import { connectAcme } from '../../destinations/kit/acme.fixture.ts';
import type { Event } from '../../event/event.ts';
import { dayMs, hourMs, secondMs } from '../../event/units.ts';
import { compileRules } from '../../rules/evaluate.ts';
import { rulesSchema } from '../../rules/rule-schema.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import { buildEvent, createSha256, encodeEvent, start } from '../delivery.fixture.ts';
import { explainMissingKeys } from '../profiles/explain-missing-keys.ts';
import { mapTo, sampleIssue, tinyPlatform } from '../tiny-platform.fixture.ts';
import { become, type Circumstances, context, createFallback, found, outcome, pending } from './decide.fixture.ts';
import { decide } from './decide.ts';
import { mergeReports } from './merge-reports.ts';

describe('decide', () => {
  it('returns a member with the payload and its size, including its comma, if no reason is against it', () => {
    const event = buildEvent('a', { page: { url: 'https://shop.example/straße' } });
    const payload = { id: 'a', value: null, url: 'https://shop.example/straße', reporters: ['browser'] };
    expect(become(event)).toEqual({
      member: {
        offset: '7',
        eventName: 'AddToCart',
        eventId: 'a',
        bytes: encodeEvent(event),
        text: JSON.stringify(payload),
        size: Buffer.byteLength(JSON.stringify(payload)) + 1,
        issues: [],
        match: expect.objectContaining({ day: '2026-11-24', keys: [] }),
      },
    });
  });

  it("returns a member with the platform's match keys of its payload, and the reasons for the missing ones", () => {
    const known = { own: { ...emptyProfile, grantedAt: start }, linked: [] };
    const forms = { emailPlain: createSha256('a') };
    const event = buildEvent('a', { identity: { forms, clickIds: {}, anonymousId: 'v' }, client: { ip: '203.0.113.7' } });
    const missingReasons = explainMissingKeys(mergeReports([event]), known);
    expect(become(event, { missingReasons, destination: connectAcme() })).toMatchObject({
      member: { match: { day: '2026-11-24', keys: ['mail', 'net'], lacks: { ref: 'no-click', device: 'no-cookie' } } },
    });
    const malformed = { ...event, warnings: [{ field: 'clickIds.acmeclid', code: 'click-id-malformed', message: '' }] };
    expect(become(malformed, { missingReasons, destination: connectAcme() })).toMatchObject({
      member: { match: { lacks: { ref: 'unreadable', device: 'no-cookie' } } },
    });
  });

  it("merges a duplicate's values into the primary report's payload", () => {
    const first = buildEvent('a', { page: { url: 'https://shop.example/' } });
    const duplicates = [buildEvent('a', { reporter: 'server', commerce: { value: 9 } })];
    expect(become(first, { duplicates })).toMatchObject({
      member: {
        text: JSON.stringify({ id: 'a', value: 9, url: 'https://shop.example/', reporters: ['browser', 'server'] }),
      },
    });
  });

  it('skips a duplicate', () => {
    expect(become(buildEvent('a'), { isDuplicate: true })).toEqual(outcome('duplicate'));
  });

  it.each([
    ['consent-denied', 'consent-denied'],
    ['erased', 'erased'],
    [undefined, 'erased'],
  ] as const)(
    'skips a redacted record with its reason (%s), and a redacted duplicate as a duplicate',
    (absentReason, expected) => {
      const { record } = found(buildEvent('a'));
      const redacted = {
        record: { ...record, body: { redacted: true } },
        isDuplicate: false,
        duplicates: 0,
        issues: [],
        absentReason,
      } as const;
      expect(decide(redacted, context)).toEqual(outcome(expected));
      expect(decide({ ...redacted, isDuplicate: true }, context)).toEqual(outcome('duplicate'));
    },
  );

  it('skips an event that the shop marked as not a conversion, whoever reported it first, and even if it is old and denied', () => {
    const webhook = buildEvent('a', { reporter: 'webhook', notSent: 'test-order' });
    expect(become(webhook)).toEqual(outcome('test-order'));
    expect(become(buildEvent('a'), { duplicates: [webhook] })).toEqual(outcome('test-order'));
    const denied = buildEvent('a', { consent: { stated: 'denied', effective: 'denied' } });
    expect(become(denied, { duplicates: [webhook], now: start + 8 * dayMs })).toEqual(outcome('test-order'));
  });

  it("returns a failed event with the stored bytes and the key's name for a corrupt record", () => {
    const raw = Buffer.from('{"v":1,"broken');
    const { record } = found(buildEvent('a', { name: 'Lead' }));
    const damaged = { ...found(buildEvent('a')), record: { ...record, body: { corrupt: true, raw } as const } };
    expect(decide(damaged, context)).toMatchObject({
      deadLetter: { offset: '7', cause: 'corrupt', eventName: 'Lead', eventId: 'a', bytes: raw, at: start },
    });
  });

  it('expires an event one hour before it is seven days old, not a millisecond earlier', () => {
    const event = buildEvent('a');
    const deadline = start + 7 * dayMs - hourMs;
    expect(become(event, { now: deadline })).toHaveProperty('member');
    expect(become(event, { now: deadline + 1 })).toMatchObject({
      deadLetter: { cause: 'expired', bytes: encodeEvent(event), issues: [{ field: 'time', code: 'expired' }] },
    });
  });

  it('skips an event that was too old for the platform when it was received, and expires one that became so', () => {
    const received = start + 20 * dayMs;
    expect(become(buildEvent('a', { receivedAt: received }), { now: received })).toEqual(outcome('too-old-on-arrival'));
    const timely = buildEvent('a', { receivedAt: start + 7 * dayMs - hourMs });
    expect(become(timely, { now: received })).toMatchObject({ deadLetter: { cause: 'expired' } });
    // The clock may be ahead, so the event may be young.
    const suspect = become(buildEvent('a', { receivedAt: received }), { now: received, clockTrustedUntil: start });
    expect(suspect).toMatchObject({ hold: { reason: 'retry' }, isSeeminglyExpired: true });
  });

  it('uploads a purchase that expired while it waited, beside the failed event, once consent is decided', () => {
    const late = { maxAgeMs: 90 * dayMs, adjustAfterMs: dayMs, map: ({ id }: Event) => mapTo({ id }) };
    const destination = { ...tinyPlatform, late };
    const sale = buildEvent('a', { name: 'Purchase', commerce: { orderId: '1001' } });
    expect(become(sale, { now: start + 8 * dayMs, destination })).toMatchObject({
      deadLetter: { cause: 'expired', issues: [{ code: 'expired' }, { code: 'uploaded-instead' }] },
      uploads: [{ kind: 'offline-conversion', orderId: '1001', offset: '7', content: '{"id":"a","order":{}}' }],
    });
    const arrived = { ...sale, receivedAt: start + 8 * dayMs };
    const undecided = become({ ...arrived, consent: pending }, { now: start + 8 * dayMs, destination });
    expect(undecided).toMatchObject({ hold: { reason: 'hold' } });
    for (const other of [
      become({ ...arrived, name: 'Lead' }, { now: start + 8 * dayMs, destination }),
      become(arrived, { now: start + 91 * dayMs, destination }),
      become(arrived, { now: start + 8 * dayMs }),
    ])
      expect(other).toEqual(outcome('too-old-on-arrival'));
  });

  it.each(['consent-differs', 'denied-by-browser'])(
    'keeps the issue %s of a browser that denied, however the event ends',
    (code) => {
      const issue = { field: 'consent', code, message: 'Do this.' };
      const issues = [issue, { field: 'commerce.value', code: 'totals-differ', message: 'Do that.' }];
      const denied = { stated: 'denied', effective: 'denied' } as const;
      const end = (more: Partial<Event>, circumstances: Circumstances = {}) =>
        become(buildEvent('a', { name: 'Purchase', ...more }), { issues, ...circumstances });
      const rules = compileRules(
        'tiny',
        rulesSchema.parse([{ id: 'r', when: { field: 'name', is: 'present' }, then: { skip: true } }]),
      );
      const ends = [
        end({}),
        end({ consent: denied }),
        end({ bot: true }),
        end({ notSent: 'test-order' }),
        end({ consent: pending, receivedAt: start - dayMs }),
        end({}, { isOverBudget: () => true }),
        end({ properties: { reject: true } }),
        end({}, { now: start + 8 * dayMs }),
        end({ receivedAt: start - 2 * dayMs }, { purchases: 'confirmed' }),
        ...(rules ? [end({}, { rules })] : []),
        // The shop's report waited in vain, so the browser's is sent alone.
        end({ consent: pending, receivedAt: start - dayMs }, { fallback: createFallback(buildEvent('a', { name: 'Purchase' })) }),
      ];
      const kinds = ends.map((one) => ('skip' in one ? one.skip.outcome : 'deadLetter' in one ? one.deadLetter.cause : 'member'));
      expect(kinds).toEqual([
        ...['member', 'consent-denied', 'bot', 'test-order', 'consent-denied', 'over-budget'],
        ...['rejected', 'expired', 'unconfirmed', 'rule', 'member'],
      ]);
      for (const one of ends) {
        const entry = 'skip' in one ? one.skip : 'deadLetter' in one ? one.deadLetter : 'member' in one ? one.member : undefined;
        expect(entry?.issues).toContainEqual(issue);
      }
    },
  );

  it('adds an event without personal data when a profile denied the first one after it was accepted', () => {
    const rules = compileRules(
      'tiny',
      rulesSchema.parse([{ id: 'r', when: { field: 'name', is: 'present' }, then: { also: { name: 'Big' } } }]),
    );
    const identity = { forms: {}, clickIds: {}, anonymousId: 'visitor' };
    const person = { identity, client: { ip: '203.0.113.42' }, commerce: { orderId: '1001', value: 9 } };
    const add = (effective: 'granted' | 'denied') => {
      const event = buildEvent('a', { consent: { stated: effective, effective }, ...person });
      return become(event, { ...(rules && { rules }) }).also;
    };
    expect(add('granted')).toMatchObject([{ name: 'Big', ...person }]);
    expect(add('denied')).toMatchObject([
      { name: 'Big', identity: { forms: {}, clickIds: {} }, client: {}, commerce: { value: 9 } },
    ]);
    expect(JSON.stringify(add('denied'))).not.toMatch(/visitor|1001|203\.0|deniedId/);
  });

  it("skips a crawler's event unless the site sends bots", () => {
    const event = buildEvent('a', { bot: true });
    expect(become(event)).toEqual(outcome('bot'));
    expect(become(event, { bots: 'send' })).toHaveProperty('member');
  });

  it("returns the platform's skips and rejections with their reasons", () => {
    const denied = buildEvent('a', { consent: { stated: 'denied', effective: 'denied' } });
    expect(become(denied)).toEqual(outcome('consent-denied'));
    const rejected = buildEvent('a', { properties: { reject: true } });
    expect(become(rejected)).toMatchObject({
      deadLetter: { cause: 'rejected', issues: [sampleIssue], bytes: encodeEvent(rejected) },
    });
  });
});

it('the earlier reason wins: duplicate, expired, bot, hold, consent, mapping', () => {
  const everything = buildEvent('a', {
    name: 'Purchase',
    bot: true,
    consent: pending,
    properties: { reject: true },
    time: start - 8 * dayMs,
    receivedAt: start - 8 * dayMs,
  });
  const purchaseHoldMs = 90 * secondMs;
  expect(become(everything, { purchaseHoldMs, isDuplicate: true })).toEqual(outcome('duplicate'));
  expect(become(everything, { purchaseHoldMs })).toMatchObject({ deadLetter: { cause: 'expired' } });
  const fresh = { ...everything, time: start, receivedAt: start };
  expect(become(fresh, { purchaseHoldMs })).toEqual(outcome('bot'));
  expect(become({ ...fresh, bot: false }, { purchaseHoldMs })).toHaveProperty('hold');
  const later = { purchaseHoldMs, now: start + 90 * secondMs };
  expect(become({ ...fresh, bot: false }, later)).toMatchObject({ skip: { outcome: 'consent-denied' } });
  const granted = { ...fresh, bot: false, consent: { stated: 'granted', effective: 'granted' } } as const;
  expect(become(granted, later)).toMatchObject({ deadLetter: { cause: 'rejected' } });
});
