import { describe, expect, it } from 'vitest';
import { connectAcme } from '../../destinations/kit/acme.fixture.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Event } from '../../event/event.ts';
import type { Json } from '../../event/issue.ts';
import { dayMs, hourMs, secondMs } from '../../event/units.ts';
import { compileRules } from '../../rules/evaluate.ts';
import { rulesSchema } from '../../rules/rule-schema.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import { buildEvent, buildRecord, createSha256, encodeEvent, start } from '../delivery.fixture.ts';
import { explainMissingKeys } from '../profiles/explain-missing-keys.ts';
import { mapTo, sampleIssue, tinyPlatform } from '../tiny-platform.fixture.ts';
import { memberFromAttempt } from './batch-member.ts';
import { decide } from './decide.ts';
import type { DecisionContext } from './decision.ts';
import type { LoadedEvent } from './loaded-event.ts';
import { mergeReports } from './merge-reports.ts';
import { PayloadCheck } from './payload-check.ts';

const context: DecisionContext = {
  destination: tinyPlatform,
  bots: 'drop',
  purchaseHoldMs: 0,
  purchases: 'as-reported',
  timeZone: 'UTC',
  now: start,
};
const pending = { stated: 'unknown', effective: 'pending' } as const;

interface Circumstances extends Partial<Omit<LoadedEvent, 'event' | 'duplicates'> & DecisionContext> {
  readonly duplicates?: readonly Event[];
}

function found(event: Event, { duplicates = [], ...more }: Circumstances = {}): LoadedEvent {
  return {
    record: buildRecord('7', event),
    isDuplicate: false,
    duplicates: duplicates.length,
    event: mergeReports([event, ...duplicates]),
    issues: [],
    absentReason: undefined,
    ...more,
  };
}

/** Returns the browser's report alone. */
function createFallback(event: Event) {
  return { record: buildRecord('7', event), event: mergeReports([event]), issues: [] };
}

function become(event: Event, more: Circumstances = {}) {
  return decide(found(event, more), { ...context, ...more });
}

const outcome = (of: string, issues: unknown[] = []) => ({ skip: { offset: '7', outcome: of, issues } });

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

describe('the hold of purchases that must be confirmed', () => {
  const purchase = buildEvent('a', { name: 'Purchase' });
  const confirmed = { purchases: 'confirmed', purchaseHoldMs: 90 * secondMs } as const;

  it('lasts 24 hours from the receipt, then the purchase is skipped', () => {
    const hold = { hold: { offset: '7', reason: 'confirm', dueAt: start + dayMs, tries: 0, knownDuplicates: 0 } };
    expect(become(purchase, confirmed)).toEqual(hold);
    expect(become(purchase, { ...confirmed, now: start + dayMs })).toEqual(outcome('unconfirmed'));
  });

  it('needs no check of the payload of a purchase that is not sent', () => {
    const checked: unknown[] = [];
    const findMisfits = (payload: Json) => {
      checked.push(payload);
      return [sampleIssue];
    };
    const payloadCheck = new PayloadCheck({ findMisfits }, () => true);
    expect(become(purchase, { ...confirmed, payloadCheck, now: start + dayMs })).toEqual(outcome('unconfirmed'));
    expect(checked).toEqual([]);
    expect(become(purchase, { payloadCheck })).toHaveProperty('isMisfit', true);
  });

  it("gives way to the platform's own reason for a skip", () => {
    const denied = { ...purchase, consent: { stated: 'denied', effective: 'denied' } } as const;
    expect(become(denied, { ...confirmed, now: start + dayMs })).toEqual(outcome('consent-denied'));
  });

  it("does not apply to the shop's reports or to other events", () => {
    expect(become({ ...purchase, reporter: 'server' }, { ...confirmed, now: start + 90 * secondMs })).toHaveProperty('member');
    expect(become(purchase, { ...confirmed, duplicates: [{ ...purchase, reporter: 'server' }] })).toHaveProperty('member');
    expect(become({ ...purchase, name: 'Lead' }, confirmed)).toHaveProperty('member');
  });
});

describe('the hold of purchases', () => {
  const purchase = buildEvent('a', { name: 'Purchase', receivedAt: start + secondMs });
  const purchaseHoldMs = 90 * secondMs;

  it('waits for a duplicate from the receipt on', () => {
    const until = start + 91 * secondMs;
    const hold = { hold: { offset: '7', reason: 'hold', dueAt: until, tries: 0, knownDuplicates: 0 } };
    expect(become(purchase, { purchaseHoldMs })).toEqual(hold);
    expect(become(purchase, { purchaseHoldMs, now: until - 1 })).toEqual(hold);
    expect(become(purchase, { purchaseHoldMs, now: until })).toHaveProperty('member');
  });

  it('waits on while a report that was received before its end is unread', () => {
    const end = start + 91 * secondMs;
    const now = end + 10 * secondMs;
    const decideBeside = (oldestUnreadAt: number) => become(purchase, { purchaseHoldMs, now, oldestUnreadAt });
    expect(decideBeside(end - 1)).toMatchObject({ hold: { reason: 'hold', dueAt: now + secondMs } });
    expect(decideBeside(end)).toHaveProperty('member');
    expect(become({ ...purchase, name: 'Lead' }, { purchaseHoldMs, now, oldestUnreadAt: start })).toHaveProperty('member');
  });

  it('ends when the duplicate is there', () => {
    const duplicates = [buildEvent('a', { name: 'Purchase', reporter: 'webhook' })];
    expect(become(purchase, { purchaseHoldMs, duplicates })).toHaveProperty('member');
  });

  it('ends at once after a clock rollback', () => {
    expect(become(buildEvent('a', { receivedAt: start + hourMs }))).toHaveProperty('member');
  });

  it('does not apply to other events, or to sites with one reporter', () => {
    expect(become({ ...purchase, name: 'Lead' }, { purchaseHoldMs })).toHaveProperty('member');
    expect(become(purchase)).toHaveProperty('member');
  });
});

describe('the wait for consent', () => {
  const event = buildEvent('a', { reporter: 'server', consent: pending });

  it('lasts 90 s for a pending event, which is then skipped as denied, with a fix', () => {
    const hold = { hold: { offset: '7', reason: 'hold', dueAt: start + 90 * secondMs, tries: 0, knownDuplicates: 0 } };
    expect(become(event)).toEqual(hold);
    expect(become(event, { now: start + 90 * secondMs - 1 })).toEqual(hold);
    expect(become(event, { now: start + 90 * secondMs })).toEqual(
      outcome('consent-denied', [expect.objectContaining({ field: 'consent', code: 'consent-unknown' })]),
    );
  });

  it('begins when the event log receives an event from a spool, and not at a time of the log in the future', () => {
    const spooled = { ...event, receivedAt: start - hourMs };
    const record = { ...buildRecord('7', spooled), at: start - secondMs };
    const isFedBySpools = true;
    expect(become(spooled, { record, isFedBySpools })).toMatchObject({ hold: { dueAt: start + 89 * secondMs } });
    const soon = { ...record, at: start + secondMs };
    expect(become(spooled, { record: soon, isFedBySpools })).toMatchObject({ hold: { dueAt: start + 91 * secondMs } });
    const ahead = { ...record, at: start + dayMs };
    for (const more of [{ record: ahead, isFedBySpools }, { record }])
      expect(become(spooled, more)).toMatchObject({ skip: { outcome: 'consent-denied' } });
  });

  it('is ended by a granted or a denied duplicate, and not by one without consent', () => {
    const duplicate = buildEvent('a');
    expect(become(event, { duplicates: [duplicate] })).toHaveProperty('member');
    const denied = { ...duplicate, consent: { stated: 'denied', effective: 'denied' } } as const;
    expect(become(event, { duplicates: [denied] })).toEqual(outcome('consent-denied'));
    expect(become(event, { duplicates: [{ ...duplicate, consent: pending }] })).toHaveProperty('hold');
  });

  it('is the longer of both waits for a pending purchase', () => {
    const purchase = { ...event, name: 'Purchase' };
    const dueAt = (purchaseHoldMs: number) => become(purchase, { purchaseHoldMs });
    expect(dueAt(10 * secondMs)).toMatchObject({ hold: { dueAt: start + 90 * secondMs } });
    expect(dueAt(900 * secondMs)).toMatchObject({ hold: { dueAt: start + 900 * secondMs } });
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

const bound = (keys: BoundDestination['matching']['keys']) => ({
  destination: { id: 'acme', matching: { keys } },
  timeZone: 'Pacific/Kiritimati',
});

it('memberFromAttempt reads name and id from the key, even if the body is gone', () => {
  const event = buildEvent('a', { name: 'Lead' });
  const record = buildRecord('7', event);
  expect(memberFromAttempt(record, null, bound([]))).toMatchObject({
    offset: '7',
    eventName: 'Lead',
    eventId: 'a',
    bytes: encodeEvent(event),
  });
  expect(memberFromAttempt({ ...record, body: { redacted: true } }, null, bound([]))).toMatchObject({
    eventName: 'Lead',
    eventId: 'a',
    bytes: new Uint8Array(),
  });
});

it('memberFromAttempt has the match keys of the sent payload, and none if the event is gone', () => {
  const event = buildEvent('a', { client: { userAgent: 'Mozilla/5.0' } });
  const one = found(event);
  const { keys } = connectAcme().matching;
  const payload = { uid: 'a', kind: 'addtocart', who: [{ device: 'd' }] };
  expect(memberFromAttempt(one.record, payload, bound(keys), one)).toMatchObject({
    match: { day: '2026-11-25', keys: ['device'] },
  });
  expect(memberFromAttempt(one.record, payload, bound(keys))).not.toHaveProperty('match');
  const { event: _, ...storedRow } = one;
  expect(memberFromAttempt(one.record, payload, bound(keys), storedRow)).not.toHaveProperty('match');
});

it('memberFromAttempt has no match keys of a refund, whose request states no shopper', () => {
  const one = found(buildEvent('a', { name: 'Refund', reporter: 'server' }));
  const { keys } = connectAcme().matching;
  const member = memberFromAttempt(one.record, null, bound(keys), one);
  expect(member).toMatchObject({ isAdjustment: true });
  expect(member).not.toHaveProperty('match');
});

describe('an event that was received while the clock was wrong', () => {
  const timed: DecisionContext['destination'] = { ...tinyPlatform, map: ({ time }) => mapTo({ time }) };

  it('is not sent with a time in the future', () => {
    expect(become(buildEvent('a', { time: start + 8 * dayMs }), { destination: timed })).toMatchObject({
      member: { text: JSON.stringify({ time: start }) },
    });
    expect(become(buildEvent('a', { time: start - 1 }), { destination: timed })).toMatchObject({
      member: { text: JSON.stringify({ time: start - 1 }) },
    });
  });

  it('is not held as long as the clock was ahead', () => {
    const settings = { purchaseHoldMs: 90 * secondMs };
    expect(become(buildEvent('a', { name: 'Purchase' }), settings)).toHaveProperty('hold');
    expect(become(buildEvent('a', { name: 'Purchase', receivedAt: start + 8 * dayMs }), settings)).toHaveProperty('member');
  });

  it('is dated by the log after a clock rollback if it would seem expired', () => {
    const event = buildEvent('a', { time: start - 8 * dayMs - 1_000, receivedAt: start - 8 * dayMs });
    const record = { ...buildRecord('7', event), at: start - 2_000 };
    expect(become(event, { record, destination: timed })).toMatchObject({
      member: { text: JSON.stringify({ time: start - 3_000 }) },
    });
    expect(become(event)).toMatchObject({ deadLetter: { cause: 'expired' } });
    const spooled = { record, destination: timed, isFedBySpools: true };
    expect(become(event, spooled)).toMatchObject({ deadLetter: { cause: 'expired' } });
    const added = { ...event, addedBy: { rule: 'first', connection: 'bing' } };
    expect(become(added, { record, destination: timed })).toMatchObject({ deadLetter: { cause: 'expired' } });
  });
});

it('a seemingly expired event waits while the clock is suspect', () => {
  const event = buildEvent('a', { time: start - 8 * dayMs, receivedAt: start - 8 * dayMs });
  expect(become(event, { clockTrustedUntil: start - 1 })).toEqual({
    hold: { offset: '7', reason: 'retry', dueAt: start + hourMs, tries: 0 },
    isSeeminglyExpired: true,
  });
  expect(become(event, { clockTrustedUntil: start })).toMatchObject({ deadLetter: { cause: 'expired' } });
});
