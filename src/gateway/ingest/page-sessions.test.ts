import { expect, it } from 'vitest';
import { hourMs, minuteMs } from '../../event/units.ts';
import { OwnPageSessions } from './page-sessions.ts';

function open() {
  let now = 1_000_000;
  const sessions = new OwnPageSessions(() => now);
  return {
    sessions,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

it('a token becomes the session of the first tab that uses it, which ends after an hour', async () => {
  const { sessions, pass } = open();
  const { token } = await sessions.open('shop');
  pass(29 * minuteMs);
  expect(await sessions.take('shop', token, [])).toBe(false);
  expect(await sessions.take('shop', `${token}.one`, [{ name: 'order_done', keys: ['basket.total'] }])).toBe(true);
  expect(await sessions.take('shop', `${token}.two`, [{ name: 'again', keys: [] }])).toBe(false);
  expect(await sessions.take('other', `${token}.one`, [])).toBe(false);
  pass(hourMs - 1);
  expect(await sessions.take('shop', `${token}.one`, [{ name: 'order_done', keys: ['basket.no'] }])).toBe(true);
  expect((await sessions.list('shop')).events).toMatchObject([{ name: 'order_done', keys: ['basket.total', 'basket.no'] }]);
  pass(1);
  expect(await sessions.take('shop', `${token}.one`, [{ name: 'late', keys: [] }])).toBe(false);
  pass(hourMs);
  expect(await sessions.list('shop')).toEqual({ events: [] });
});

it('a token that no page uses ends after 30 minutes', async () => {
  const { sessions, pass } = open();
  const { token, endsAt } = await sessions.open('shop');
  expect(await sessions.list('shop')).toEqual({ endsAt, events: [] });
  pass(30 * minuteMs);
  expect(await sessions.take('shop', `${token}.one`, [])).toBe(false);
  expect(await sessions.take('shop', 'no-token.one', [])).toBe(false);
});

it('the newest 50 events and 10 sessions of a site are kept', async () => {
  const { sessions } = open();
  const first = (await sessions.open('shop')).token;
  const opened = await Promise.all(Array.from({ length: 10 }, () => sessions.open('shop')));
  expect(await sessions.take('shop', `${first}.one`, [])).toBe(false);
  for (let n = 0; n < 60; n++) await sessions.take('shop', `${opened[0]?.token}.one`, [{ name: `n${n}`, keys: [] }]);
  const { events } = await sessions.list('shop');
  expect([events.length, events[0]?.name, events[49]?.name]).toEqual([50, 'n59', 'n10']);
});
