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

describe('event goals', () => {
  it('include the standard events and the observed custom events', () => {
    expect(listEventGoals(parts).map(({ event, action }) => [event, action])).toEqual([
      ['Purchase', 'purchase'],
      ['Lead', 'lead'],
      ['BookedCall', 'BookedCall'],
    ]);
  });

  it('include the observed counts', () => {
    expect(listEventGoals(parts).map(({ observed: seen }) => seen?.count)).toEqual([7, undefined, 1]);
  });

  it('use custom names before the settings are saved', () => {
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

  it('leave out events that are only kept for the record', () => {
    const refund = { name: 'OrderRefunded', count: 2, lastAt: 5 };
    const events = listEventGoals({ ...parts, observedEvents: [...parts.observedEvents, refund] }).map(({ event }) => event);
    expect(events).not.toContain('OrderRefunded');
    expect(events).toContain('BookedCall');
  });

  it('mark events that the settings exclude', () => {
    expect(listEventGoals({ ...parts, sentEvents: ['lead'] }).map(({ isSent }) => isSent)).toEqual([false, true, false]);
  });
});
