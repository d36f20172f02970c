import { expect, it } from 'vitest';
import { dayMs, hourMs } from '../../event/units.ts';
import type { DeliveryErrors } from '../../storage/ports/delivery-errors.ts';
import { createState, start } from '../../storage/ports/store.fixture.ts';
import { getConnectionErrors, toErrorPeriod } from './delivery-errors.ts';

const now = start - (start % hourMs) + 1;

it.each<[string, Parameters<typeof toErrorPeriod>[0], number, number]>([
  ['the last 24 hours by default', {}, dayMs, hourMs],
  ['the hour of a shorter one', { since: now, until: now + 5 }, hourMs, hourMs],
  ['steps of whole hours for 7 days', { since: now - 7 * dayMs }, 171 * hourMs, 3 * hourMs],
  ['at most 400 days', { since: 0 }, 400 * dayMs, 160 * hourMs],
  ['an hour if the end is before the start', { since: now, until: now - dayMs }, hourMs, hourMs],
])('a period of errors is %s, in at most 60 buckets', (_, asked, lengthMs, stepMs) => {
  const period = toErrorPeriod(asked, now);
  expect(period.until).toBeGreaterThanOrEqual(asked.until ?? now);
  expect([period.stepMs, period.until - period.since]).toEqual([stepMs, lengthMs]);
  expect(lengthMs / stepMs).toBeLessThanOrEqual(60);
});

const issue = { field: '', code: 'token-refused', message: 'The token is not accepted.' };

async function read(countedSince: number, some?: readonly (readonly [string, string, number])[]) {
  const row = (interval: number, code: string, name: string, events: number): DeliveryErrors => ({
    ...{ interval, code, name, events },
    firstAt: now - hourMs,
    lastAt: now,
  });
  const found = some?.map(([code, name, events]) => row(0, code, name, events)) ?? [
    row(0, '503', 'Purchase', 2),
    row(23, 'ECONNREFUSED', 'Lead', 5),
    row(23, 'token-refused', 'Purchase', 1),
  ];
  const store = {
    getDeliveryErrors: async (_: string, since: number) =>
      since < now - dayMs - hourMs ? [row(0, '503', 'Purchase', 4)] : found,
    getCountedSince: async () => ({ events: 0, money: countedSince, refunds: 0, first: 0 }),
    groupDeadLetters: async () => [],
    getConnectionState: async () => ({
      ...createState(''),
      pause: { cause: 'blocked' as const, issue, since: now, probeAt: null },
    }),
  };
  return getConnectionErrors('shop/bing', store, {}, now);
}

it('errors are grouped by code and by name, with their trend and the words that Convey has for a code', async () => {
  const { codes, names, trend, events, before } = await read(0);
  expect(codes.map(({ code, says, events: some, before: earlier }) => [code, says, some, earlier])).toEqual([
    ['ECONNREFUSED', 'Connection refused.', 5, 0],
    ['503', undefined, 2, 4],
    ['token-refused', issue.message, 1, 0],
  ]);
  expect(names.map(({ name, events: some }) => [name, some])).toEqual([
    ['Lead', 5],
    ['Purchase', 3],
  ]);
  expect([trend.length, trend[0], trend[23], events, before]).toEqual([24, 2, 6, 8, 4]);
});

it('errors without a code or a name of their own are explained', async () => {
  const { codes, names } = await read(0, [['other', 'other', 1]]);
  const says = expect.stringContaining('The failed events have them.');
  expect([codes, names]).toMatchObject([[{ code: 'other', says }], [{ name: 'other', says }]]);
});

it('a period before that was not counted whole is no zero', async () => {
  const { before, codes, names } = await read(now - dayMs);
  expect([before, ...[...codes, ...names].map((row) => row.before)].every((one) => one === undefined)).toBe(true);
});
