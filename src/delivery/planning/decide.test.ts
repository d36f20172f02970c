import { describe, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { dayMs, hourMs, secondMs } from '../../event/units.ts';
import { emptyProfile } from '../../identity/visitor-profile.ts';
import { anEvent, anIssue, aRecord, createSha256, encodeEvent, start, tinyPlatform } from '../delivery.fixture.ts';
import { explainMatchKeys } from '../profiles/explain-missing-keys.ts';
import { type DecisionContext, decide, type LoadedEvent, memberFromAttempt } from './decide.ts';
import { mergeReports } from './merge-reports.ts';

const context: DecisionContext = {
  destination: tinyPlatform,
  bots: 'drop',
  purchaseHoldMs: 0,
  purchases: 'as-reported',
  now: start,
};
const pending = { stated: 'unknown', effective: 'pending' } as const;

interface Circumstances extends Partial<Omit<LoadedEvent, 'event' | 'copies'> & DecisionContext> {
  readonly copies?: readonly Event[];
}

function found(event: Event, { copies = [], ...more }: Circumstances = {}): LoadedEvent {
  return {
    record: aRecord('7', event),
    isDuplicate: false,
    duplicates: copies.length,
    event: mergeReports([event, ...copies]),
    issues: [],
    absentReason: undefined,
    ...more,
  };
}

function become(event: Event, more: Circumstances = {}) {
  return decide(found(event, more), { ...context, ...more });
}

const outcome = (of: string, issues: unknown[] = []) => ({ skip: { offset: '7', outcome: of, issues } });

describe('what one record becomes', () => {
  it('an event that nothing stands against is a member: its payload, and the size of it with its comma', () => {
    const event = anEvent('a', { page: { url: 'https://shop.example/straße' } });
    const payload = { id: 'a', value: null, url: 'https://shop.example/straße', reporters: ['browser'] };
    expect(become(event)).toEqual({
      member: {
        offset: '7',
        eventName: 'AddToCart',
        eventId: 'a',
        bytes: encodeEvent(event),
        payload,
        size: Buffer.byteLength(JSON.stringify(payload)) + 1,
        issues: [],
        match: expect.objectContaining({ time: start, keys: [] }),
      },
    });
  });

  it('a member carries by what it can be matched, and why not by the rest', () => {
    const known = { own: { ...emptyProfile, grantedAt: start }, linked: [] };
    const event = anEvent('a', { identity: { forms: { emailPlain: createSha256('a') }, clickIds: {}, anonymousId: 'v' } });
    expect(become(event, { matchKeys: explainMatchKeys(mergeReports([event]), known) })).toMatchObject({
      member: { match: { time: start, keys: ['email', 'visitor'], lacks: { msclkid: 'no-click', phone: 'not-collected' } } },
    });
  });

  it("a copy's facts are in the payload of its first", () => {
    const first = anEvent('a', { page: { url: 'https://shop.example/' } });
    const copies = [anEvent('a', { reporter: 'server', commerce: { value: 9 } })];
    expect(become(first, { copies })).toMatchObject({
      member: { payload: { value: 9, url: 'https://shop.example/', reporters: ['browser', 'server'] } },
    });
  });

  it('a copy is skipped as a duplicate', () => {
    expect(become(anEvent('a'), { isDuplicate: true })).toEqual(outcome('duplicate'));
  });

  it.each([
    ['consent-denied', 'consent-denied'],
    ['erased', 'erased'],
    [undefined, 'erased'],
  ] as const)('a redacted record is skipped with the reason: %s', (absentReason, expected) => {
    const { record } = found(anEvent('a'));
    const redacted = {
      record: { ...record, body: { redacted: true } },
      isDuplicate: true,
      duplicates: 0,
      issues: [],
      absentReason,
    } as const;
    expect(decide(redacted, context)).toEqual(outcome(expected));
  });

  it("what the shop says is nobody's conversion is skipped with its reason, whoever told of it first, however old and denied", () => {
    const webhook = anEvent('a', { reporter: 'webhook', notSent: 'test-order' });
    expect(become(webhook)).toEqual(outcome('test-order'));
    expect(become(anEvent('a'), { copies: [webhook] })).toEqual(outcome('test-order'));
    const denied = anEvent('a', { consent: { stated: 'denied', effective: 'denied' } });
    expect(become(denied, { copies: [webhook], now: start + 8 * dayMs })).toEqual(outcome('test-order'));
  });

  it('a damaged record is a dead letter with what the disk holds, named by its key', () => {
    const raw = Buffer.from('{"v":1,"broken');
    const { record } = found(anEvent('a', { name: 'Lead' }));
    const damaged = { ...found(anEvent('a')), record: { ...record, body: { corrupt: true, raw } as const } };
    expect(decide(damaged, context)).toMatchObject({
      deadLetter: { offset: '7', cause: 'corrupt', eventName: 'Lead', eventId: 'a', bytes: raw, at: start },
    });
  });

  it('an event is given up an hour before it is seven days old, not a millisecond earlier', () => {
    const event = anEvent('a');
    const deadline = start + 7 * dayMs - hourMs;
    expect(become(event, { now: deadline })).toHaveProperty('member');
    expect(become(event, { now: deadline + 1 })).toMatchObject({
      deadLetter: { cause: 'expired', bytes: encodeEvent(event), issues: [{ field: 'time', code: 'expired' }] },
    });
  });

  it("a crawler's event is skipped unless the site says so", () => {
    const event = anEvent('a', { bot: true });
    expect(become(event)).toEqual(outcome('bot'));
    expect(become(event, { bots: 'send' })).toHaveProperty('member');
  });

  it("the platform's skip and its reject are taken with their reasons", () => {
    const denied = anEvent('a', { consent: { stated: 'denied', effective: 'denied' } });
    expect(become(denied)).toEqual(outcome('consent-denied'));
    const rejected = anEvent('a', { properties: { reject: true } });
    expect(become(rejected)).toMatchObject({
      deadLetter: { cause: 'rejected', issues: [anIssue], bytes: encodeEvent(rejected) },
    });
  });
});

describe('the hold of purchases that must be confirmed', () => {
  const purchase = anEvent('a', { name: 'Purchase' });
  const confirmed = { purchases: 'confirmed', purchaseHoldMs: 90 * secondMs } as const;

  it('lasts 24 hours from the arrival, and then the purchase is skipped', () => {
    const hold = { hold: { offset: '7', reason: 'confirm', dueAt: start + dayMs, tries: 0, knownDuplicates: 0 } };
    expect(become(purchase, confirmed)).toEqual(hold);
    expect(become(purchase, { ...confirmed, now: start + dayMs })).toEqual(outcome('unconfirmed'));
  });

  it('leaves a purchase that the platform would leave out its own reason', () => {
    const denied = { ...purchase, consent: { stated: 'denied', effective: 'denied' } } as const;
    expect(become(denied, { ...confirmed, now: start + dayMs })).toEqual(outcome('consent-denied'));
  });

  it('does not concern what the shop reports, nor other events', () => {
    expect(become({ ...purchase, reporter: 'server' }, { ...confirmed, now: start + 90 * secondMs })).toHaveProperty('member');
    expect(become(purchase, { ...confirmed, copies: [{ ...purchase, reporter: 'server' }] })).toHaveProperty('member');
    expect(become({ ...purchase, name: 'Lead' }, confirmed)).toHaveProperty('member');
  });
});

describe('the hold of purchases', () => {
  const purchase = anEvent('a', { name: 'Purchase', receivedAt: start + secondMs });
  const purchaseHoldMs = 90 * secondMs;

  it('a purchase waits for its copy from its arrival on', () => {
    const until = start + 91 * secondMs;
    const hold = { hold: { offset: '7', reason: 'hold', dueAt: until, tries: 0, knownDuplicates: 0 } };
    expect(become(purchase, { purchaseHoldMs })).toEqual(hold);
    expect(become(purchase, { purchaseHoldMs, now: until - 1 })).toEqual(hold);
    expect(become(purchase, { purchaseHoldMs, now: until })).toHaveProperty('member');
  });

  it('it waits no longer once the copy is there', () => {
    const copies = [anEvent('a', { name: 'Purchase', reporter: 'webhook' })];
    expect(become(purchase, { purchaseHoldMs, copies })).toHaveProperty('member');
  });

  it('a clock that was set back holds nobody up', () => {
    expect(become(anEvent('a', { receivedAt: start + hourMs }))).toHaveProperty('member');
  });

  it('no other event waits, and none where the site has one reporter', () => {
    expect(become({ ...purchase, name: 'Lead' }, { purchaseHoldMs })).toHaveProperty('member');
    expect(become(purchase)).toHaveProperty('member');
  });
});

describe('the wait for consent', () => {
  const event = anEvent('a', { reporter: 'server', consent: pending });

  it('a pending event waits 90 s, then it is skipped as denied, with what to do', () => {
    const hold = { hold: { offset: '7', reason: 'hold', dueAt: start + 90 * secondMs, tries: 0, knownDuplicates: 0 } };
    expect(become(event)).toEqual(hold);
    expect(become(event, { now: start + 90 * secondMs - 1 })).toEqual(hold);
    expect(become(event, { now: start + 90 * secondMs })).toEqual(
      outcome('consent-denied', [expect.objectContaining({ field: 'consent', code: 'consent-unknown' })]),
    );
  });

  it('a granted copy lets it go, a denied one ends it, and one that knows nothing changes nothing', () => {
    const copy = anEvent('a');
    expect(become(event, { copies: [copy] })).toHaveProperty('member');
    const denied = { ...copy, consent: { stated: 'denied', effective: 'denied' } } as const;
    expect(become(event, { copies: [denied] })).toEqual(outcome('consent-denied'));
    expect(become(event, { copies: [{ ...copy, consent: pending }] })).toHaveProperty('hold');
  });

  it('a pending purchase waits for the longer of its two waits', () => {
    const purchase = { ...event, name: 'Purchase' };
    const dueAt = (purchaseHoldMs: number) => become(purchase, { purchaseHoldMs });
    expect(dueAt(10 * secondMs)).toMatchObject({ hold: { dueAt: start + 90 * secondMs } });
    expect(dueAt(900 * secondMs)).toMatchObject({ hold: { dueAt: start + 900 * secondMs } });
  });
});

it('of several reasons the earlier one in this order is given: duplicate, expired, bot, hold, consent, mapping', () => {
  const everything = anEvent('a', {
    name: 'Purchase',
    bot: true,
    consent: pending,
    properties: { reject: true },
    time: start - 8 * dayMs,
  });
  const purchaseHoldMs = 90 * secondMs;
  expect(become(everything, { purchaseHoldMs, isDuplicate: true })).toEqual(outcome('duplicate'));
  expect(become(everything, { purchaseHoldMs })).toMatchObject({ deadLetter: { cause: 'expired' } });
  const fresh = { ...everything, time: start };
  expect(become(fresh, { purchaseHoldMs })).toEqual(outcome('bot'));
  expect(become({ ...fresh, bot: false }, { purchaseHoldMs })).toHaveProperty('hold');
  const later = { purchaseHoldMs, now: start + 90 * secondMs };
  expect(become({ ...fresh, bot: false }, later)).toMatchObject({ skip: { outcome: 'consent-denied' } });
  const granted = { ...fresh, bot: false, consent: { stated: 'granted', effective: 'granted' } } as const;
  expect(become(granted, later)).toMatchObject({ deadLetter: { cause: 'rejected' } });
});

it('an event of an unanswered request is known by its key, even where its body is gone', () => {
  const event = anEvent('a', { name: 'Lead' });
  const record = aRecord('7', event);
  expect(memberFromAttempt(record)).toMatchObject({ offset: '7', eventName: 'Lead', eventId: 'a', bytes: encodeEvent(event) });
  expect(memberFromAttempt({ ...record, body: { redacted: true } })).toMatchObject({
    eventName: 'Lead',
    eventId: 'a',
    bytes: new Uint8Array(),
  });
});

it('an event of an unanswered request is matched by what is read of it again, and by nothing where it is gone', () => {
  const event = anEvent('a', { client: { userAgent: 'Mozilla/5.0' } });
  const one = found(event);
  expect(memberFromAttempt(one.record, one)).toMatchObject({ match: { keys: ['agent'] } });
  expect(memberFromAttempt(one.record)).not.toHaveProperty('match');
  const { event: _, ...gone } = one;
  expect(memberFromAttempt(one.record, gone)).not.toHaveProperty('match');
});

describe('an event that was taken while the clock was wrong', () => {
  const timed: DecisionContext['destination'] = { ...tinyPlatform, map: ({ time }) => ({ payload: { time }, issues: [] }) };

  it('is told to no platform as one that is still to come', () => {
    expect(become(anEvent('a', { time: start + 8 * dayMs }), { destination: timed })).toMatchObject({
      member: { payload: { time: start } },
    });
    expect(become(anEvent('a', { time: start - 1 }), { destination: timed })).toMatchObject({
      member: { payload: { time: start - 1 } },
    });
  });

  it('is not held as long as the clock was ahead', () => {
    const held = { purchaseHoldMs: 90 * secondMs };
    expect(become(anEvent('a', { name: 'Purchase' }), held)).toHaveProperty('hold');
    expect(become(anEvent('a', { name: 'Purchase', receivedAt: start + 8 * dayMs }), held)).toHaveProperty('member');
  });

  it('by a clock that was set back is dated by the log, where it would seem too old', () => {
    const event = anEvent('a', { time: start - 8 * dayMs - 1_000, receivedAt: start - 8 * dayMs });
    const record = { ...aRecord('7', event), at: start - 2_000 };
    expect(become(event, { record, destination: timed })).toMatchObject({ member: { payload: { time: start - 3_000 } } });
    expect(become(event)).toMatchObject({ deadLetter: { cause: 'expired' } });
  });
});

it('while the clock is doubted, what seems too old waits, and is not buried', () => {
  const event = anEvent('a', { time: start - 8 * dayMs, receivedAt: start - 8 * dayMs });
  expect(become(event, { isClockSuspect: true })).toEqual({
    hold: { offset: '7', reason: 'retry', dueAt: start + hourMs, tries: 0 },
  });
});
