import { describe, expect, it } from 'vitest';
import { Journal } from './journal.ts';
import type { Settings } from './settings.ts';
import { settingsFor } from './settings.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 24, 10);

function journal(overrides: Partial<Settings> = {}) {
  const kept = new Journal(settingsFor(undefined, overrides));
  const receive = (
    events: readonly Record<string, unknown>[],
    { at = start, tagId = '187012345', bodyBytes = 100 } = {},
  ): void => {
    const processed = events.map((event, index) => ({ index, event, warnings: [] }));
    const answer = { status: 200, headers: {}, body: { eventsReceived: events.length }, processed };
    kept.add({ now: at, tagId, hasToken: true, body: { data: events }, bodyBytes, fault: 'ok', answered: 'whole', answer });
  };
  return { kept, receive };
}

const purchase = { eventType: 'custom', eventId: 'ord-1', eventName: 'purchase' };

describe('deduplication', () => {
  it('counts reports with the same tag, event id and event name once, and says so', () => {
    const { kept, receive } = journal();
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
      'Counts once: 2 more reports with the same tag, event id and event name came within 24 h of the first.',
    );
    expect(kept.totals).toMatchObject({ requests: 2, processed: 3, counted: 1 });
  });

  it('counts again after the window', () => {
    const { kept, receive } = journal({ dedupWindowMs: 2_500 });
    receive([purchase]);
    receive([purchase], { at: start + 2_501 });
    receive([purchase], { at: start + 2_502 });
    expect(kept.events().map(({ server }) => server.length)).toEqual([1, 2]);
    expect(kept.events()[1]?.why).toContain('within 2.5 s');
  });

  it.each([
    ['another tag', purchase, '5'],
    ['another event id', { ...purchase, eventId: 'ord-2' }, '187012345'],
    ['another event name', { ...purchase, eventName: 'refund' }, '187012345'],
    ['the name in another case', { ...purchase, eventName: 'Purchase' }, '187012345'],
  ])('counts %s by itself', (_, event, tagId) => {
    const { kept, receive } = journal();
    receive([purchase]);
    receive([event], { tagId });
    expect(kept.events().map(({ why }) => why)).toEqual(
      Array(2).fill('Counts: the first report with this tag, event id and event name.'),
    );
  });

  it('takes names in any case as one where it is told to', () => {
    const { kept, receive } = journal({ dedupNames: 'any-case' });
    receive([purchase, { ...purchase, eventName: 'Purchase' }]);
    expect(kept.events()).toHaveLength(1);
  });

  it('never deduplicates an event or a page load without an event id', () => {
    const { kept, receive } = journal();
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
      new Set(['Counts by itself: it carries no event id, so Microsoft could not tell a second report from a new event.']),
    );
  });

  it('deduplicates a page load that has an event id', () => {
    const { kept, receive } = journal();
    receive([
      { eventType: 'pageLoad', eventId: 'view-1' },
      { eventType: 'pageLoad', eventId: 'view-1' },
    ]);
    expect(kept.events()).toHaveLength(1);
  });
});

describe('bounds', () => {
  it('forgets the oldest requests beyond their number, and their events with them', () => {
    const { kept, receive } = journal({ journalRequests: 2 });
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
    const { kept, receive } = journal({ journalBytes: 1_000 });
    for (const bodyBytes of [400, 400, 400]) receive([purchase], { bodyBytes });
    expect(kept.requests().map(({ id }) => id)).toEqual([2, 3]);
  });

  it('tells the newest alone where it is asked to', () => {
    const { kept, receive } = journal();
    for (const eventId of ['a', 'b', 'c']) receive([{ ...purchase, eventId }]);
    expect(kept.requests(2).map(({ id }) => id)).toEqual([2, 3]);
    expect(kept.events(1).map(({ eventId }) => eventId)).toEqual(['c']);
  });

  it('counts an event anew after it was emptied', () => {
    const { kept, receive } = journal();
    receive([purchase]);
    const before = kept.revision;
    kept.clear();
    expect(kept.revision).not.toBe(before);
    expect([kept.requests(), kept.events()]).toEqual([[], []]);
    receive([purchase]);
    expect(kept.totals).toMatchObject({ requests: 1, counted: 1 });
    expect(kept.events()[0]?.server).toHaveLength(1);
  });
});
