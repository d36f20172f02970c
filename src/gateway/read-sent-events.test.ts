import { expect, test } from 'vitest';
import { createSentEventReader } from './read-sent-events.ts';

type Deps = Parameters<typeof createSentEventReader>[0];
type Site = ReturnType<Deps['registry']['sites']>[number];

/** Reads the events of a connection with these settings, of which these were accepted. */
async function read(accepted: Readonly<Record<string, number>>, settings: object = {}, isComplete = true, rules: object = {}) {
  const connection = { id: 'bing', destination: 'microsoft', settings: { tagId: '187', ...settings } };
  const site: Pick<Site, 'id'> & { connections: readonly object[] } = { id: 'shop', connections: [connection], ...rules };
  const registry: Deps['registry'] = { sites: () => JSON.parse(JSON.stringify([site])) };
  const store: Deps['store'] = {
    countEvents: async (_, { has }) => ({
      groups: has ? [] : JSON.parse(JSON.stringify(Object.entries(accepted).map(([name, events]) => ({ name, events })))),
      isComplete,
      searched: 0,
    }),
  };
  return createSentEventReader({ registry, store, now: () => 0 })('shop', 'bing');
}

test('names of visitors beyond the 50 most frequent are left out, and counted', async () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, nth) => [`Made${nth}`, nth + 1]));
  const sent = await read({ ...many, Purchase: 1 }, {}, false);
  const others = sent?.events.filter(({ event }) => event.startsWith('Made')) ?? [];
  expect(others).toHaveLength(50);
  expect(others[0]).toEqual({ event: 'Made199', name: 'Made199', delivered: 200 });
  expect(sent).toMatchObject({
    leftOut: 150,
    isPartial: true,
    events: expect.arrayContaining([expect.objectContaining({ event: 'Purchase', delivered: 1 })]),
  });
});

test('a name that the connection no longer sends is not checked', async () => {
  const sent = await read({ Lead: 3, Quiz: 2, Purchase: 1 }, { events: ['Purchase'] });
  expect(sent?.events.map(({ event }) => event)).toEqual(['Purchase']);
});

test('names that rules make are checked under their names at the platform, also before an event has them', async () => {
  const rules = [
    { then: { rename: 'Subscription' }, enabled: true },
    { then: { also: { name: 'BigSale' } }, enabled: true },
    { then: { rename: 'Off' }, enabled: false },
    { then: { rename: 'Lead' }, enabled: true },
  ];
  const sent = await read({ Subscription: 2 }, { eventNames: { subscription: 'subscribe' } }, true, { rules });
  expect(sent?.events).toEqual(
    expect.arrayContaining([
      { event: 'Subscription', name: 'subscribe', delivered: 2 },
      { event: 'BigSale', name: 'BigSale', delivered: 0 },
    ]),
  );
  expect(sent?.events.filter(({ event }) => event === 'Lead' || event === 'Off')).toHaveLength(1);
});
