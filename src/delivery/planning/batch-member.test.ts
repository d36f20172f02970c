import { expect, it } from 'vitest';
import { connectAcme } from '../../destinations/kit/acme.fixture.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { buildEvent, buildRecord, encodeEvent } from '../delivery.fixture.ts';
import { memberFromAttempt } from './batch-member.ts';
import { found } from './decide.fixture.ts';

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
