import { expect, it } from 'vitest';
import { account, agent, createEvent, createPurchase, nowSeconds, post, sendBeacon, start, tagId } from '../pinterest.fixture.ts';

/** Starts a simulator whose clock the test moves. */
async function startAt(seconds = nowSeconds) {
  let now = seconds * 1_000;
  const running = await start({ now: () => now });
  const pass = (ms: number) => {
    now += ms;
  };
  return { running, pass };
}

const hour = 3_600_000;

it('counts a purchase of tag and server once, from the first', async () => {
  const { running } = await startAt();
  await post(running, [createPurchase()]);
  await sendBeacon(running, { event_id: 'ord-1001', value: 129.9, currency: 'EUR', order_id: '1001' });
  const [event, ...more] = running.journalEvents();
  expect(more).toEqual([]);
  expect(event).toMatchObject({ counted: 'server', isMerged: true, kind: 'web', doubtful: false });
  expect(event?.browser).toMatchObject([{ duplicateOf: '1.0', account: tagId, event: { custom_data: { value: '129.9' } } }]);
  expect(event?.why).toMatch(/^Counted once, from the server\. Browser and server were merged: the same event name and event id/);
});

it('compares names without case and `_`, and ids with their case', async () => {
  const { running } = await startAt();
  await post(running, [createEvent({ event_name: 'add_to_cart', event_id: 'a-1' })]);
  await sendBeacon(running, { event_id: 'a-1' }, { event: 'AddToCart' });
  await sendBeacon(running, { event_id: 'A-1' }, { event: 'addtocart' });
  expect(running.journalEvents().map(({ isMerged, eventName }) => [isMerged, eventName])).toEqual([
    [true, 'add_to_cart'],
    [false, 'add_to_cart'],
  ]);
});

it.each([
  [0, 'web', 1],
  [1_000, 'offline', 2],
])('counts a server event that is received an hour and %i ms late as %s', async (ms, kind, events) => {
  const { running, pass } = await startAt();
  await sendBeacon(running, { event_id: 'ord-1001' });
  pass(hour + ms);
  await post(running, [createPurchase()]);
  expect(running.journalEvents()).toHaveLength(events);
  expect(running.journalEvents().at(-1)).toMatchObject({ kind });
  if (kind === 'offline') expect(running.journalEvents().map(({ doubtful }) => doubtful)).toEqual([true, true]);
});

it('merges within 24 hours only', async () => {
  const { running, pass } = await startAt();
  await sendBeacon(running, { event_id: 'ord-1001' });
  pass(24 * hour);
  const late = createPurchase({ event_time: nowSeconds + 86_400 });
  await post(running, [late]);
  expect(running.journalEvents()).toHaveLength(1);
  pass(1_000);
  await post(running, [late]);
  expect(running.journalEvents().map(({ doubtful }) => doubtful)).toEqual([false, true]);
});

it('merges no events of two ad accounts, and repetitions of one', async () => {
  const { running } = await startAt();
  await post(running, [createPurchase(), createPurchase()]);
  await post(running, [createPurchase()], { path: '/v5/ad_accounts/77/events' });
  expect(running.journalEvents().map(({ server }) => server.map(({ account: id }) => id))).toEqual([[account, account], ['77']]);
});

it('explains reports that look like one event and are two', async () => {
  const { running } = await startAt();
  await post(running, [createPurchase()]);
  await sendBeacon(running, { event_id: 'other', order_id: '1001' });
  await sendBeacon(running, { event_id: 'ord-1001' }, { event: 'purchase' });
  const [server, order, name] = running.journalEvents().map(({ why }) => why);
  expect(order).toContain('Not merged with a report of the server of the same order: the event ids differ.');
  expect(name).toContain("its name is checkout, this one's is purchase.");
  expect(server).toContain('of the same order');
});

it('reads `pintrk("page")` as a page visit without an id', async () => {
  const { running } = await startAt();
  await fetch(`${running.url}/v3/?event=init&tid=${tagId}&ad=${encodeURIComponent('{"loc":"https://shop.example/"}')}`, {
    headers: { 'user-agent': agent },
  });
  expect(running.journalEvents()).toMatchObject([
    {
      eventName: 'page_visit',
      eventId: null,
      counted: 'browser',
      browser: [{ event: { event_source_url: 'https://shop.example/' } }],
    },
  ]);
});

it('counts no beacon without a tag id or a name', async () => {
  const { running } = await startAt();
  await sendBeacon(running, {}, { tid: '1' });
  await sendBeacon(running, {}, { event: '' });
  expect(running.journalEvents().map(({ counted }) => counted)).toEqual(['none', 'none']);
});
