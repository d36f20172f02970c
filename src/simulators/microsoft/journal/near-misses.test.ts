import { describe, expect, it } from 'vitest';
import type { Settings } from '../settings.ts';
import { resolveSettings } from '../settings.ts';
import { readBeacon } from '../tag/parse-beacon.ts';
import { Goals } from './event-goals.ts';
import { Journal } from './journal.ts';
import { summarize } from './summary.ts';

const start = Date.UTC(2026, 10, 24, 10);
const tagId = '187012345';

function createJournal(overrides: Partial<Settings> = {}) {
  const goals = new Goals();
  const entries = new Journal(resolveSettings(undefined, overrides), goals);
  const receive = (event: Record<string, unknown>, at = start): void => {
    const answer = { status: 200, headers: {}, body: { eventsReceived: 1 }, processed: [{ index: 0, event, warnings: [] }] };
    entries.add({
      now: at,
      tagId,
      hasToken: true,
      body: { data: [event] },
      sent: 1,
      bodyBytes: 100,
      fault: 'ok',
      answered: 'whole',
      answer,
    });
  };
  const beacon = (parameters: Record<string, string>, at = start): void => {
    const read = readBeacon({ ti: tagId, evt: 'custom', ...parameters });
    entries.addBeacon({ now: at, beacon: read, bytes: 100, isKnownTag: true });
  };
  const getDoubts = () =>
    entries.events().map(({ doubtful, why }) => [doubtful, /(Not merged|The (browser|server) reported).*/.exec(why)?.[0] ?? '']);
  return { entries, receive, beacon, getDoubts, summary: () => summarize(entries.events(), goals.current()) };
}

const order = { customData: { transactionId: '1001' } };
const byServer = { eventType: 'custom', eventId: 'ord-1', eventName: 'purchase', ...order };
const byBrowser = { ea: 'purchase', event_id: 'ord-1', transaction_id: '1001' };

describe('conversions of one order', () => {
  it('are doubtful when one is merged and a beacon without an id counts too', () => {
    const { beacon, receive, getDoubts, summary } = createJournal();
    beacon(byBrowser);
    beacon({ ...byBrowser, event_id: '' });
    receive(byServer);
    expect(getDoubts()).toEqual([
      [true, 'Not merged with a report of the browser of the same order: one of them has no event id.'],
      [true, 'Not merged with an event of browser and server of the same order: one of them has no event id.'],
    ]);
    expect(summary()).toMatchObject({ conversions: 2, merged: 1, doubtful: 2 });
  });

  it('are doubtful when only the second report of a merged event has the order', () => {
    const { beacon, receive, entries } = createJournal();
    beacon({ ea: 'purchase', event_id: 'ord-1' });
    receive(byServer);
    beacon({ ...byBrowser, event_id: '' });
    expect(entries.events().map(({ doubtful }) => doubtful)).toEqual([true, true]);
  });

  it('are all doubtful when one source reports the order with three ids', () => {
    const { receive, getDoubts } = createJournal();
    for (const eventId of ['ord-1', 'a', 'b']) receive({ ...byServer, eventId });
    expect(getDoubts()).toEqual(
      Array(3).fill([true, 'Not merged with another report of the server of the same order: the event ids differ.']),
    );
  });

  it('are doubtful when none has an id', () => {
    const { beacon, getDoubts } = createJournal();
    for (let at = 0; at < 2; at += 1) beacon({ ...byBrowser, event_id: '' });
    expect(getDoubts()).toEqual(
      Array(2).fill([true, 'Not merged with another report of the browser of the same order: neither has an event id.']),
    );
  });

  it('are not doubtful when the other does not count, was removed, or has another order, name or tag', () => {
    const { beacon, receive, entries } = createJournal({ journalRequests: 4 });
    receive({ ...byServer, eventId: 'forgotten' });
    beacon({ ...byBrowser, event_id: 'denied', asc: 'D' });
    receive({ ...byServer, eventId: 'other', customData: { transactionId: '1002' } });
    beacon({ ...byBrowser, event_id: 'lead', ea: 'lead' });
    receive(byServer);
    expect(entries.events().map(({ eventId, doubtful }) => [eventId, doubtful])).toEqual([
      ['denied', false],
      ['other', false],
      ['lead', false],
      ['ord-1', false],
    ]);
  });

  it('are compared among the newest 1,000 events', () => {
    const { receive, entries } = createJournal();
    receive({ ...byServer, eventId: 'oldest' });
    receive({ ...byServer, eventId: 'second' });
    for (let at = 0; at < 998; at += 1) receive({ eventType: 'custom', eventId: `lead-${at}`, eventName: 'lead' });
    const getDoubtful = () => entries.events().flatMap(({ eventId, doubtful }) => (doubtful ? [eventId] : []));
    expect(getDoubtful()).toEqual(['oldest', 'second']);
    receive({ eventType: 'custom', eventId: 'one-more', eventName: 'lead' });
    expect(getDoubtful()).toEqual([]);
  });

  it('are not doubtful when no goal matches, such as two refunds of one order', () => {
    const { receive, entries } = createJournal();
    for (const eventId of ['refund-1', 'refund-2']) receive({ ...byServer, eventId, eventName: 'refund' });
    expect(entries.events().map(({ doubtful }) => doubtful)).toEqual([false, false]);
  });
});

describe('page loads', () => {
  const view = { eventType: 'pageLoad', eventId: 'v-1', eventSourceUrl: 'https://shop.example/a' };

  it('are doubtful when tag and server report the same URL within seconds', () => {
    const { beacon, receive, getDoubts } = createJournal();
    beacon({ evt: 'pageLoad', p: 'https://shop.example/a#top' }, start + 4_999);
    receive(view, start + 9_000);
    const toText = (source: string) =>
      `The ${source} reported a page load of the same URL within 5 s. Page loads of the tag are not merged, so one view appears twice.`;
    expect(getDoubts()).toEqual([
      [true, toText('server')],
      [true, toText('browser')],
    ]);
  });

  it('are not doubtful when the URL differs, the interval is longer, or one source reports both', () => {
    const { beacon, receive, entries } = createJournal();
    beacon({ evt: 'pageLoad', p: 'https://shop.example/a' });
    receive(view, start + 5_001);
    receive({ ...view, eventId: 'v-2' }, start + 5_002);
    beacon({ evt: 'pageLoad', p: 'https://shop.example/b' }, start + 5_003);
    expect(entries.events().map(({ doubtful }) => doubtful)).toEqual(Array(4).fill(false));
  });

  it('are compared by the time of the view, not by the arrival of the report', () => {
    const seconds = (ms: number) => Math.floor((start + ms) / 1_000);
    const { beacon, receive, entries } = createJournal();
    // Arrives with the tag's report of another view, and is 12 s older.
    receive({ ...view, eventTime: seconds(0) }, start + 12_500);
    beacon({ evt: 'pageLoad', p: view.eventSourceUrl }, start + 12_000);
    expect(entries.events().map(({ doubtful }) => doubtful)).toEqual([false, false]);
    receive({ ...view, eventId: 'v-2', eventTime: seconds(12_000) }, start + 40_000);
    expect(entries.events().map(({ doubtful }) => doubtful)).toEqual([false, true, true]);
  });

  it('are compared when the time of the view is in milliseconds, a string or unreadable', () => {
    for (const eventTime of [start, String(start / 1_000), 'soon']) {
      const { beacon, receive, entries } = createJournal();
      beacon({ evt: 'pageLoad', p: view.eventSourceUrl });
      receive({ ...view, eventTime }, start + 4_000);
      expect(
        entries.events().map(({ doubtful }) => doubtful),
        String(eventTime),
      ).toEqual([true, true]);
    }
  });
});
