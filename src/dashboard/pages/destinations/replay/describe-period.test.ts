import { expect, it } from 'vitest';
import { noMoney, noOrders } from '../../../data/no-orders.fixture.ts';
import { describePeriod } from './describe-period.ts';

const totals = (received: number, delivered: number) => [
  {
    site: 'shop',
    received,
    copies: 0,
    refused: 0,
    connections: [
      { connection: 'bing', outcomes: { delivered }, undelivered: 0, unmerged: 0, earlier: 0, lost: 0, money: noMoney },
    ],
    ...noOrders,
  },
];
const choice = { site: 'shop', connection: 'bing', again: false };

it('a replay names the events of its period and those that were delivered', () => {
  expect(describePeriod(totals(1_204, 900), choice)).toBe(
    'About 1,204 events in this period. 900 are delivered and would not be sent again.',
  );
  expect(describePeriod(totals(1, 1), { ...choice, again: true })).toBe(
    'About 1 event in this period. 1 is delivered and would be sent again.',
  );
  expect(describePeriod(totals(3, 0), choice)).toBe('About 3 events in this period, none of them delivered.');
  expect(describePeriod(totals(0, 0), choice)).toBe('No event was received in this period.');
  expect(describePeriod([], choice)).toBe('No event was received in this period.');
});
