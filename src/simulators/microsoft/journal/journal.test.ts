import { describe, expect, it } from 'vitest';
import { createJournal, hour, start } from './journal.fixture.ts';

const purchase = { eventType: 'custom', eventId: 'ord-1', eventName: 'purchase' };

describe('deduplication', () => {
  it('counts reports with the same tag, event id and event name once, and explains it', () => {
    const { entries, receive, summary } = createJournal();
    receive([purchase]);
    receive([purchase, purchase], { at: start + 24 * hour });
    const [event, ...others] = entries.events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      tagId: '187012345',
      eventId: 'ord-1',
      eventName: 'purchase',
      eventType: 'custom',
      browser: [],
      counted: 'server',
    });
    expect(event?.server.map(({ id, duplicateOf }) => [id, duplicateOf])).toEqual([
      ['1.0', undefined],
      ['2.0', '1.0'],
      ['2.1', '1.0'],
    ]);
    expect(event?.why).toBe(
      'Counts for the goal purchase. Counted once: the server sent 2 more reports with the same tag, event id and event name within 24 h.',
    );
    expect(entries.totals).toMatchObject({ requests: 2, accepted: 3 });
    expect(summary()).toMatchObject({ conversions: 1, duplicates: 2, merged: 0 });
  });

  it('counts again after the window', () => {
    const { entries, receive } = createJournal({ dedupWindowMs: 2_500 });
    receive([purchase]);
    receive([purchase], { at: start + 2_501 });
    receive([purchase], { at: start + 2_502 });
    expect(entries.events().map(({ server }) => server.length)).toEqual([1, 2]);
    expect(entries.events()[1]?.why).toContain('within 2.5 s');
    expect(entries.events()[1]).toMatchObject({
      doubtful: true,
      why: expect.stringContaining(
        'Not merged with the report 2.5 s earlier: the deduplication window is assumed to be 2.5 s, so both count.',
      ),
    });
  });

  it.each([
    ['another tag', purchase, '5'],
    ['another event id', { ...purchase, eventId: 'ord-2' }, '187012345'],
    ['another event name', { ...purchase, eventName: 'refund' }, '187012345'],
    ['the name in another case', { ...purchase, eventName: 'Purchase' }, '187012345'],
  ])('counts %s by itself', (_, event, tagId) => {
    const { entries, receive } = createJournal();
    receive([purchase]);
    receive([event], { tagId });
    expect(entries.events().map(({ counted, server }) => [counted, server.length])).toEqual(Array(2).fill(['server', 1]));
    expect(entries.events().map(({ why }) => why.includes('Not merged'))).toEqual([false, false]);
  });

  it('ignores the case of names when dedupNames is any-case', () => {
    const { entries, receive } = createJournal({ dedupNames: 'any-case' });
    receive([purchase, { ...purchase, eventName: 'Purchase' }]);
    expect(entries.events()).toHaveLength(1);
  });

  it('never deduplicates an event or a page load without an event id', () => {
    const { entries, receive } = createJournal();
    receive([
      { eventType: 'pageLoad' },
      { eventType: 'pageLoad' },
      { eventType: 'custom', eventName: 'lead' },
      { eventType: 'custom', eventName: 'lead' },
    ]);
    expect(entries.events().map(({ eventId, eventType }) => [eventId, eventType])).toEqual([
      [null, 'pageLoad'],
      [null, 'pageLoad'],
      [null, 'custom'],
      [null, 'custom'],
    ]);
    expect(new Set(entries.events().map(({ why }) => why))).toEqual(
      new Set([
        'A page load is not a conversion: an event goal matches an action.',
        'Counts for the goal lead. It has no event id, so Microsoft cannot recognize a duplicate report.',
      ]),
    );
  });

  it('deduplicates a page load that has an event id', () => {
    const { entries, receive } = createJournal();
    receive([
      { eventType: 'pageLoad', eventId: 'view-1' },
      { eventType: 'pageLoad', eventId: 'view-1' },
    ]);
    expect(entries.events()).toHaveLength(1);
  });
});

describe('bounds', () => {
  it('apply to beacons, and remove the first report of an event of either source', () => {
    const { entries, receive, beacon } = createJournal({ journalRequests: 2 });
    beacon({ ea: 'purchase', event_id: 'ord-1' });
    receive([purchase]);
    expect(entries.events()).toMatchObject([{ counted: 'browser' }]);
    receive([{ ...purchase, eventId: 'ord-2' }]);
    expect(entries.events()).toMatchObject([
      { eventId: 'ord-1', counted: 'server', browser: [], server: [{ id: '1.0' }] },
      { eventId: 'ord-2' },
    ]);
    entries.addSync(start, { customerId: '1', vid: 'v', uid: null, problem: null }, 10);
    entries.addSync(start, { customerId: '1', vid: 'w', uid: null, problem: null }, 10);
    expect([entries.requests(), entries.events(), entries.syncs().map(({ vid }) => vid)]).toEqual([[], [], ['v', 'w']]);
  });

  it('remove the oldest requests beyond their number, with their events', () => {
    const { entries, receive } = createJournal({ journalRequests: 2 });
    receive([purchase, { ...purchase, eventId: 'ord-2' }]);
    receive([purchase]);
    receive([{ ...purchase, eventId: 'ord-3' }]);
    expect(entries.requests().map(({ id }) => id)).toEqual([2, 3]);
    expect(entries.events().map(({ eventId, server }) => [eventId, server.map(({ id }) => id)])).toEqual([
      ['ord-1', ['2.0']],
      ['ord-3', ['3.0']],
    ]);
    receive([{ ...purchase, eventId: 'ord-2' }]);
    expect(entries.events().find(({ eventId }) => eventId === 'ord-2')?.server).toMatchObject([{ id: '4.0' }]);
  });

  it('remove the oldest requests beyond their size', () => {
    const { entries, receive } = createJournal({ journalBytes: 1_000 });
    for (const bodyBytes of [400, 400, 400]) receive([purchase], { bodyBytes });
    expect(entries.requests().map(({ id }) => id)).toEqual([2, 3]);
  });

  it('limit the returned requests and events to the newest', () => {
    const { entries, receive } = createJournal();
    for (const eventId of ['a', 'b', 'c']) receive([{ ...purchase, eventId }]);
    expect(entries.requests(2).map(({ id }) => id)).toEqual([2, 3]);
    expect(entries.events(1).map(({ eventId }) => eventId)).toEqual(['c']);
  });

  it('count an event again after the journal is cleared', () => {
    const { entries, receive, beacon, summary } = createJournal();
    receive([purchase]);
    beacon({ ea: 'purchase', event_id: 'ord-1' });
    const before = entries.revision;
    entries.clear();
    expect(entries.revision).not.toBe(before);
    expect([entries.requests(), entries.events()]).toEqual([[], []]);
    receive([purchase]);
    expect(entries.totals).toMatchObject({ requests: 1, beacons: 0 });
    expect(summary()).toMatchObject({ conversions: 1, merged: 0 });
    expect(entries.events()[0]?.server).toHaveLength(1);
  });
});
