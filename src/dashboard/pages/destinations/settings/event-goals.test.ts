import { describe, expect, it } from 'vitest';
import { listEventGoals } from './event-goals.ts';

const parts = {
  defaultNames: { Purchase: 'purchase', Lead: 'lead' },
  customNames: [],
  sentEvents: 'all',
  observedEvents: [
    { name: 'PageView', count: 90, lastAt: 3 },
    { name: 'Purchase', count: 7, lastAt: 2 },
    { name: 'BookedCall', count: 1, lastAt: 1 },
    { name: 'convey_test', count: 1, lastAt: 1 },
  ],
} as const;

describe('the goals that count what a connection sends', () => {
  it('are those of the standard events, and of own events that were seen', () => {
    expect(listEventGoals(parts).map(({ event, action }) => [event, action])).toEqual([
      ['Purchase', 'purchase'],
      ['Lead', 'lead'],
      ['BookedCall', 'BookedCall'],
    ]);
  });

  it('say which events were seen', () => {
    expect(listEventGoals(parts).map(({ observed: seen }) => seen?.count)).toEqual([7, undefined, 1]);
  });

  it('have the name that the settings give, before they are saved', () => {
    const customNames = [
      ['lead', ' contact_form '],
      ['bookedcall', 'call'],
      ['Purchase', ''],
      ['PageView', 'page'],
    ] as const;
    expect(listEventGoals({ ...parts, customNames: customNames }).map(({ event, action }) => [event, action])).toEqual([
      ['Purchase', 'purchase'],
      ['Lead', 'contact_form'],
      ['PageView', 'page'],
      ['BookedCall', 'call'],
    ]);
  });

  it('wait in vain for events that are not sent', () => {
    expect(listEventGoals({ ...parts, sentEvents: ['lead'] }).map(({ isSent }) => isSent)).toEqual([false, true, false]);
  });
});
