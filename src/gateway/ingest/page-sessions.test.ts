import { expect, it } from 'vitest';
import { hourMs, minuteMs } from '../../event/units.ts';
import { PageSessions } from './page-sessions.ts';

function open() {
  let now = 1_000_000;
  const sessions = new PageSessions(() => now);
  return { sessions, pass: (ms: number) => (now += ms) };
}

it('a token becomes the session of one page, which ends after an hour', () => {
  const { sessions, pass } = open();
  const { token } = sessions.open('shop');
  const session = sessions.take('shop', token, [{ name: 'order_done', keys: ['basket.total'] }]) ?? '';
  expect(session).not.toBe(token);
  expect(sessions.take('shop', token, [{ name: 'again', keys: [] }])).toBeUndefined();
  expect(sessions.take('other', session, [])).toBeUndefined();
  expect(sessions.take('shop', session, [{ name: 'order_done', keys: ['basket.no'] }])).toBe(session);
  expect(sessions.list('shop').events).toEqual([{ name: 'order_done', keys: ['basket.total', 'basket.no'], lastAt: 1_000_000 }]);
  pass(hourMs);
  expect(sessions.take('shop', session, [{ name: 'late', keys: [] }])).toBeUndefined();
  expect(sessions.list('shop')).toEqual({ events: [] });
});

it('a token that no page uses ends after 30 minutes', () => {
  const { sessions, pass } = open();
  const { token, endsAt } = sessions.open('shop');
  expect(sessions.list('shop')).toEqual({ endsAt, events: [] });
  pass(30 * minuteMs);
  expect(sessions.take('shop', token, [])).toBeUndefined();
  expect(sessions.take('shop', 'no-token', [])).toBeUndefined();
});

it('the newest 50 events and 10 sessions of a site are kept', () => {
  const { sessions } = open();
  const first = sessions.open('shop').token;
  const tokens = Array.from({ length: 10 }, () => sessions.open('shop').token);
  expect(sessions.take('shop', first, [])).toBeUndefined();
  let session = sessions.take('shop', tokens[0] ?? '', []) ?? '';
  for (let n = 0; n < 60; n++) session = sessions.take('shop', session, [{ name: `n${n}`, keys: [] }]) ?? '';
  const { events } = sessions.list('shop');
  expect([events.length, events[0]?.name, events[49]?.name]).toEqual([50, 'n59', 'n10']);
});
