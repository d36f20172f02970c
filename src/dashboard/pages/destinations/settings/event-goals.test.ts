import { describe, expect, it } from 'vitest';
import { goalsOf } from './event-goals.ts';

const parts = {
  usual: { Purchase: 'purchase', Lead: 'lead' },
  renamed: [],
  sent: 'all',
  observed: [
    { name: 'PageView', count: 90, lastAt: 3 },
    { name: 'Purchase', count: 7, lastAt: 2 },
    { name: 'BookedCall', count: 1, lastAt: 1 },
    { name: 'convey_test', count: 1, lastAt: 1 },
  ],
} as const;

describe('the goals that count what a connection sends', () => {
  it('are those of the standard events, and of own events that were seen', () => {
    expect(goalsOf(parts).map(({ event, action }) => [event, action])).toEqual([
      ['Purchase', 'purchase'],
      ['Lead', 'lead'],
      ['BookedCall', 'BookedCall'],
    ]);
  });

  it('say which events were seen', () => {
    expect(goalsOf(parts).map(({ seen }) => seen?.count)).toEqual([7, undefined, 1]);
  });

  it('have the name that the settings give, before they are saved', () => {
    const renamed = [
      ['lead', ' contact_form '],
      ['bookedcall', 'call'],
      ['Purchase', ''],
      ['PageView', 'page'],
    ] as const;
    expect(goalsOf({ ...parts, renamed }).map(({ event, action }) => [event, action])).toEqual([
      ['Purchase', 'purchase'],
      ['Lead', 'contact_form'],
      ['PageView', 'page'],
      ['BookedCall', 'call'],
    ]);
  });

  it('wait in vain for events that are not sent', () => {
    expect(goalsOf({ ...parts, sent: ['lead'] }).map(({ isSent }) => isSent)).toEqual([false, true, false]);
  });
});
