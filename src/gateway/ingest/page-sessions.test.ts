import { expect, it } from 'vitest';
import { hourMs, minuteMs } from '../../event/units.ts';
import { PageSessions } from './page-sessions.ts';

function open() {
  let now = 1_000_000;
  const sessions = new PageSessions(() => now);
  return {
    sessions,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

it('a token becomes the session of the first tab that uses it, which ends after an hour', () => {
  const { sessions, pass } = open();
  const { token } = sessions.open('shop');
  pass(29 * minuteMs);
  expect(sessions.take('shop', token, [])).toBe(false);
  expect(sessions.take('shop', `${token}.one`, [{ name: 'order_done', keys: ['basket.total'] }])).toBe(true);
  expect(sessions.take('shop', `${token}.two`, [{ name: 'again', keys: [] }])).toBe(false);
  expect(sessions.take('other', `${token}.one`, [])).toBe(false);
  pass(hourMs - 1);
  expect(sessions.take('shop', `${token}.one`, [{ name: 'order_done', keys: ['basket.no'] }])).toBe(true);
  expect(sessions.list('shop').events).toMatchObject([{ name: 'order_done', keys: ['basket.total', 'basket.no'] }]);
  pass(1);
  expect(sessions.take('shop', `${token}.one`, [{ name: 'late', keys: [] }])).toBe(false);
  pass(hourMs);
  expect(sessions.list('shop')).toEqual({ events: [] });
});

it('a token that no page uses ends after 30 minutes', () => {
  const { sessions, pass } = open();
  const { token, endsAt } = sessions.open('shop');
  expect(sessions.list('shop')).toEqual({ endsAt, events: [] });
  pass(30 * minuteMs);
  expect(sessions.take('shop', `${token}.one`, [])).toBe(false);
  expect(sessions.take('shop', 'no-token.one', [])).toBe(false);
});

it('the newest 50 events and 10 sessions of a site are kept', () => {
  const { sessions } = open();
  const first = sessions.open('shop').token;
  const tokens = Array.from({ length: 10 }, () => sessions.open('shop').token);
  expect(sessions.take('shop', `${first}.one`, [])).toBe(false);
  for (let n = 0; n < 60; n++) sessions.take('shop', `${tokens[0]}.one`, [{ name: `n${n}`, keys: [] }]);
  const { events } = sessions.list('shop');
  expect([events.length, events[0]?.name, events[49]?.name]).toEqual([50, 'n59', 'n10']);
});
