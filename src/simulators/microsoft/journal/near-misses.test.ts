import { describe, expect, it } from 'vitest';
import type { Settings } from '../settings.ts';
import { settingsFor } from '../settings.ts';
import { readBeacon } from '../tag/parse-beacon.ts';
import { Goals } from './event-goals.ts';
import { Journal } from './journal.ts';
import { summarize } from './summary.ts';

const start = Date.UTC(2026, 10, 24, 10);
const tagId = '187012345';

function createJournal(overrides: Partial<Settings> = {}) {
  const goals = new Goals();
  const kept = new Journal(settingsFor(undefined, overrides), goals);
  const receive = (event: Record<string, unknown>, at = start): void => {
    const answer = { status: 200, headers: {}, body: { eventsReceived: 1 }, processed: [{ index: 0, event, warnings: [] }] };
    kept.add({ now: at, tagId, hasToken: true, body: { data: [event] }, bodyBytes: 100, fault: 'ok', answered: 'whole', answer });
  };
  const beacon = (parameters: Record<string, string>, at = start): void => {
    const read = readBeacon({ ti: tagId, evt: 'custom', ...parameters });
    kept.addBeacon({ now: at, beacon: read, bytes: 100, isKnownTag: true });
  };
  const doubts = () =>
    kept.events().map(({ doubtful, why }) => [doubtful, /(Not merged|The (browser|server) told).*/.exec(why)?.[0] ?? '']);
  return { kept, receive, beacon, doubts, summary: () => summarize(kept.events(), goals.current()) };
}

const order = { customData: { transactionId: '1001' } };
const byServer = { eventType: 'custom', eventId: 'ord-1', eventName: 'purchase', ...order };
const byBrowser = { ea: 'purchase', event_id: 'ord-1', transaction_id: '1001' };

describe('conversions of one order', () => {
  it('are doubtful where one is merged and a beacon without an id counts beside it', () => {
    const { beacon, receive, doubts, summary } = createJournal();
    beacon(byBrowser);
    beacon({ ...byBrowser, event_id: '' });
    receive(byServer);
    expect(doubts()).toEqual([
      [true, 'Not merged with a report of the browser of the same order: one of them has no event id.'],
      [true, 'Not merged with an event of browser and server of the same order: one of them has no event id.'],
    ]);
    expect(summary()).toMatchObject({ conversions: 2, merged: 1, doubtful: 2 });
  });

  it('are doubtful where only the second report of a merged event names the order', () => {
    const { beacon, receive, kept } = createJournal();
    beacon({ ea: 'purchase', event_id: 'ord-1' });
    receive(byServer);
    beacon({ ...byBrowser, event_id: '' });
    expect(kept.events().map(({ doubtful }) => doubtful)).toEqual([true, true]);
  });

  it('are doubtful where one source tells it twice under other ids, and every one of three is', () => {
    const { receive, doubts } = createJournal();
    for (const eventId of ['ord-1', 'a', 'b']) receive({ ...byServer, eventId });
    expect(doubts()).toEqual(
      Array(3).fill([true, 'Not merged with another report of the server of the same order: their event ids differ.']),
    );
  });

  it('are doubtful where none has an id', () => {
    const { beacon, doubts } = createJournal();
    for (let at = 0; at < 2; at += 1) beacon({ ...byBrowser, event_id: '' });
    expect(doubts()).toEqual(
      Array(2).fill([true, 'Not merged with another report of the browser of the same order: neither has an event id.']),
    );
  });

  it('are no doubt where the other counts for nothing, is forgotten, or is of another order, name or tag', () => {
    const { beacon, receive, kept } = createJournal({ journalRequests: 4 });
    receive({ ...byServer, eventId: 'forgotten' });
    beacon({ ...byBrowser, event_id: 'denied', asc: 'D' });
    receive({ ...byServer, eventId: 'other', customData: { transactionId: '1002' } });
    beacon({ ...byBrowser, event_id: 'lead', ea: 'lead' });
    receive(byServer);
    expect(kept.events().map(({ eventId, doubtful }) => [eventId, doubtful])).toEqual([
      ['denied', false],
      ['other', false],
      ['lead', false],
      ['ord-1', false],
    ]);
  });

  it('are compared among the newest 1,000 events', () => {
    const { receive, kept } = createJournal();
    receive({ ...byServer, eventId: 'oldest' });
    receive({ ...byServer, eventId: 'second' });
    for (let at = 0; at < 998; at += 1) receive({ eventType: 'custom', eventId: `lead-${at}`, eventName: 'lead' });
    const getDoubtful = () => kept.events().flatMap(({ eventId, doubtful }) => (doubtful ? [eventId] : []));
    expect(getDoubtful()).toEqual(['oldest', 'second']);
    receive({ eventType: 'custom', eventId: 'one-more', eventName: 'lead' });
    expect(getDoubtful()).toEqual([]);
  });

  it('are no doubt where no goal counts them: an order may have two refunds', () => {
    const { receive, kept } = createJournal();
    for (const eventId of ['refund-1', 'refund-2']) receive({ ...byServer, eventId, eventName: 'refund' });
    expect(kept.events().map(({ doubtful }) => doubtful)).toEqual([false, false]);
  });
});

describe('page loads', () => {
  const view = { eventType: 'pageLoad', eventId: 'v-1', eventSourceUrl: 'https://shop.example/a' };

  it('of one address that tag and server tell within seconds are doubtful', () => {
    const { beacon, receive, doubts } = createJournal();
    beacon({ evt: 'pageLoad', p: 'https://shop.example/a#top' }, start + 4_999);
    receive(view, start + 9_000);
    const say = (source: string) =>
      `The ${source} told of a page load at the same address within 5 s: page loads of the tag are not merged, so one view stands twice.`;
    expect(doubts()).toEqual([
      [true, say('server')],
      [true, say('browser')],
    ]);
  });

  it('are no doubt where the address differs, more time lies between, or one source tells both', () => {
    const { beacon, receive, kept } = createJournal();
    beacon({ evt: 'pageLoad', p: 'https://shop.example/a' });
    receive(view, start + 5_001);
    receive({ ...view, eventId: 'v-2' }, start + 5_002);
    beacon({ evt: 'pageLoad', p: 'https://shop.example/b' }, start + 5_003);
    expect(kept.events().map(({ doubtful }) => doubtful)).toEqual(Array(4).fill(false));
  });

  it('are held against the time of the view, however late the server tells of it', () => {
    const seconds = (ms: number) => Math.floor((start + ms) / 1_000);
    const { beacon, receive, kept } = createJournal();
    // Told together with the view that the tag told of, and 12 s older.
    receive({ ...view, eventTime: seconds(0) }, start + 12_500);
    beacon({ evt: 'pageLoad', p: view.eventSourceUrl }, start + 12_000);
    expect(kept.events().map(({ doubtful }) => doubtful)).toEqual([false, false]);
    receive({ ...view, eventId: 'v-2', eventTime: seconds(12_000) }, start + 40_000);
    expect(kept.events().map(({ doubtful }) => doubtful)).toEqual([false, true, true]);
  });

  it('are held against each other also where the time of the view is in milliseconds, in words or unreadable', () => {
    for (const eventTime of [start, String(start / 1_000), 'soon']) {
      const { beacon, receive, kept } = createJournal();
      beacon({ evt: 'pageLoad', p: view.eventSourceUrl });
      receive({ ...view, eventTime }, start + 4_000);
      expect(
        kept.events().map(({ doubtful }) => doubtful),
        String(eventTime),
      ).toEqual([true, true]);
    }
  });
});
