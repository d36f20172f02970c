import { describe, expect, it } from 'vitest';
import type { Json } from '../../event/issue.ts';
import { dayMs, hourMs, secondMs } from '../../event/units.ts';
import { buildEvent, buildRecord, start } from '../delivery.fixture.ts';
import { sampleIssue } from '../tiny-platform.fixture.ts';
import { become, outcome, pending } from './decide.fixture.ts';
import { PayloadCheck } from './payload-check.ts';

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
