import { describe, expect, it } from 'vitest';
import { createJournal, hour, start } from './journal.fixture.ts';

const purchase = { eventType: 'custom', eventId: 'ord-1', eventName: 'purchase' };

describe('deduplication', () => {
  it('counts reports with the same tag, event id and event name once, and says so', () => {
    const { kept, receive, summary } = createJournal();
    receive([purchase]);
    receive([purchase, purchase], { at: start + 24 * hour });
    const [event, ...others] = kept.events();
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
      'Counts for the goal purchase. Once alone: 2 more reports of the server with the same tag, event id and event name came within 24 h.',
    );
    expect(kept.totals).toMatchObject({ requests: 2, processed: 3 });
    expect(summary()).toMatchObject({ conversions: 1, duplicates: 2, merged: 0 });
  });

  it('counts again after the window', () => {
    const { kept, receive } = createJournal({ dedupWindowMs: 2_500 });
    receive([purchase]);
    receive([purchase], { at: start + 2_501 });
    receive([purchase], { at: start + 2_502 });
    expect(kept.events().map(({ server }) => server.length)).toEqual([1, 2]);
    expect(kept.events()[1]?.why).toContain('within 2.5 s');
    expect(kept.events()[1]).toMatchObject({
      doubtful: true,
      why: expect.stringContaining(
        'Not merged with the report of 2.5 s before: Microsoft is taken to look back 2.5 s, so both count.',
      ),
    });
  });

  it.each([
    ['another tag', purchase, '5'],
    ['another event id', { ...purchase, eventId: 'ord-2' }, '187012345'],
    ['another event name', { ...purchase, eventName: 'refund' }, '187012345'],
    ['the name in another case', { ...purchase, eventName: 'Purchase' }, '187012345'],
  ])('counts %s by itself', (_, event, tagId) => {
    const { kept, receive } = createJournal();
    receive([purchase]);
    receive([event], { tagId });
    expect(kept.events().map(({ counted, server }) => [counted, server.length])).toEqual(Array(2).fill(['server', 1]));
    expect(kept.events().map(({ why }) => why.includes('Not merged'))).toEqual([false, false]);
  });

  it('takes names in any case as one where it is told to', () => {
    const { kept, receive } = createJournal({ dedupNames: 'any-case' });
    receive([purchase, { ...purchase, eventName: 'Purchase' }]);
    expect(kept.events()).toHaveLength(1);
  });

  it('never deduplicates an event or a page load without an event id', () => {
    const { kept, receive } = createJournal();
    receive([
      { eventType: 'pageLoad' },
      { eventType: 'pageLoad' },
      { eventType: 'custom', eventName: 'lead' },
      { eventType: 'custom', eventName: 'lead' },
    ]);
    expect(kept.events().map(({ eventId, eventType }) => [eventId, eventType])).toEqual([
      [null, 'pageLoad'],
      [null, 'pageLoad'],
      [null, 'custom'],
      [null, 'custom'],
    ]);
    expect(new Set(kept.events().map(({ why }) => why))).toEqual(
      new Set([
        'A page load, and no conversion: an Event goal looks for an action.',
        'Counts for the goal lead. It carries no event id, so Microsoft could not tell a second report from a new event.',
      ]),
    );
  });

  it('deduplicates a page load that has an event id', () => {
    const { kept, receive } = createJournal();
    receive([
      { eventType: 'pageLoad', eventId: 'view-1' },
      { eventType: 'pageLoad', eventId: 'view-1' },
    ]);
    expect(kept.events()).toHaveLength(1);
  });
});

describe('bounds', () => {
  it('hold beacons too, and forget the first report of an event by whichever source', () => {
    const { kept, receive, beacon } = createJournal({ journalRequests: 2 });
    beacon({ ea: 'purchase', event_id: 'ord-1' });
    receive([purchase]);
    expect(kept.events()).toMatchObject([{ counted: 'browser' }]);
    receive([{ ...purchase, eventId: 'ord-2' }]);
    expect(kept.events()).toMatchObject([
      { eventId: 'ord-1', counted: 'server', browser: [], server: [{ id: '1.0' }] },
      { eventId: 'ord-2' },
    ]);
    kept.addSync(start, { customerId: '1', vid: 'v', uid: null, problem: null }, 10);
    kept.addSync(start, { customerId: '1', vid: 'w', uid: null, problem: null }, 10);
    expect([kept.requests(), kept.events(), kept.syncs().map(({ vid }) => vid)]).toEqual([[], [], ['v', 'w']]);
  });

  it('forgets the oldest requests beyond their number, and their events with them', () => {
    const { kept, receive } = createJournal({ journalRequests: 2 });
    receive([purchase, { ...purchase, eventId: 'ord-2' }]);
    receive([purchase]);
    receive([{ ...purchase, eventId: 'ord-3' }]);
    expect(kept.requests().map(({ id }) => id)).toEqual([2, 3]);
    expect(kept.events().map(({ eventId, server }) => [eventId, server.map(({ id }) => id)])).toEqual([
      ['ord-1', ['2.0']],
      ['ord-3', ['3.0']],
    ]);
    receive([{ ...purchase, eventId: 'ord-2' }]);
    expect(kept.events().find(({ eventId }) => eventId === 'ord-2')?.server).toMatchObject([{ id: '4.0' }]);
  });

  it('forgets the oldest requests beyond their size', () => {
    const { kept, receive } = createJournal({ journalBytes: 1_000 });
    for (const bodyBytes of [400, 400, 400]) receive([purchase], { bodyBytes });
    expect(kept.requests().map(({ id }) => id)).toEqual([2, 3]);
  });

  it('tells the newest alone where it is asked to', () => {
    const { kept, receive } = createJournal();
    for (const eventId of ['a', 'b', 'c']) receive([{ ...purchase, eventId }]);
    expect(kept.requests(2).map(({ id }) => id)).toEqual([2, 3]);
    expect(kept.events(1).map(({ eventId }) => eventId)).toEqual(['c']);
  });

  it('counts an event anew after it was emptied', () => {
    const { kept, receive, beacon, summary } = createJournal();
    receive([purchase]);
    beacon({ ea: 'purchase', event_id: 'ord-1' });
    const before = kept.revision;
    kept.clear();
    expect(kept.revision).not.toBe(before);
    expect([kept.requests(), kept.events()]).toEqual([[], []]);
    receive([purchase]);
    expect(kept.totals).toMatchObject({ requests: 1, beacons: 0 });
    expect(summary()).toMatchObject({ conversions: 1, merged: 0 });
    expect(kept.events()[0]?.server).toHaveLength(1);
  });
});
