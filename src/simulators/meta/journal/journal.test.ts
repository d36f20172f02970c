import { describe, expect, it } from 'vitest';
import { createEvent, createPurchase, nowSeconds, post, sendBeacon, start } from '../meta.fixture.ts';
import type { MetaSimulator, MetaSimulatorOptions } from '../simulator.ts';

const fbp = 'fb.1.1789990000123.1098115397';
const hour = 3_600_000;

/** Starts a simulator with a clock that a test advances. */
async function startClocked(options: MetaSimulatorOptions = {}): Promise<{ running: MetaSimulator; advance(ms: number): void }> {
  let at = nowSeconds * 1_000;
  const running = await start({ now: () => at, ...options });
  return {
    running,
    advance: (ms: number) => {
      at += ms;
    },
  };
}

const byBrowser = (running: MetaSimulator, parameters: Readonly<Record<string, string>> = {}) =>
  sendBeacon(running, { eid: 'ord-1001', ...parameters });

const events = (running: MetaSimulator) =>
  running.journalEvents().map(({ eventName, eventId, counted, mergedBy }) => [eventName, eventId, counted, mergedBy]);

const reasons = (running: MetaSimulator) => running.journalEvents().map(({ why }) => why);

describe('reports with an event id', () => {
  it('are one event within 48 hours of the first, and two after it', async () => {
    const { running, advance } = await startClocked();
    await byBrowser(running);
    advance(48 * hour);
    await post(running, [createPurchase({ event_time: nowSeconds + 48 * 3_600 })]);
    expect(events(running)).toEqual([['Purchase', 'ord-1001', 'browser', 'event_id']]);
    advance(1);
    await post(running, [createPurchase({ event_time: nowSeconds + 48 * 3_600 })]);
    expect(events(running)).toEqual([
      ['Purchase', 'ord-1001', 'browser', 'event_id'],
      ['Purchase', 'ord-1001', 'server', null],
    ]);
    expect(running.journalEvents()[1]).toMatchObject({ doubtful: true });
    expect(reasons(running)[1]).toContain('Not merged with the report 48 h earlier: deduplication ends after 48 h');
  });

  it("use the browser's report up to five minutes after the server's, then the server's", async () => {
    for (const [delay, counted] of [
      [5 * 60_000, 'browser'],
      [5 * 60_000 + 1, 'server'],
    ] as const) {
      const { running, advance } = await startClocked();
      await post(running, [createPurchase()]);
      advance(delay);
      await byBrowser(running);
      expect(events(running)).toEqual([['Purchase', 'ord-1001', counted, 'event_id']]);
      const [event] = running.journalEvents();
      const used = counted === 'browser' ? event?.browser[0] : event?.server[0];
      const duplicate = counted === 'browser' ? event?.server[0] : event?.browser[0];
      expect(used).not.toHaveProperty('duplicateOf');
      expect(duplicate?.duplicateOf).toBe(used?.id);
    }
  });

  it('count once when a server sends them again', async () => {
    const { running } = await startClocked();
    await post(running, [createPurchase(), createPurchase()]);
    await post(running, [createPurchase()]);
    expect(events(running)).toEqual([['Purchase', 'ord-1001', 'server', null]]);
    expect(reasons(running)[0]).toContain('The server sent 2 more reports with the same dataset, event name and event id');
  });

  it.each([
    ['another name', { event_name: 'purchase' }, undefined],
    ['another id', { event_id: 'ord-1002' }, undefined],
    ['another dataset', {}, '/v26.0/6543210987654321/events'],
  ])('are two events with %s', async (_, changes, path) => {
    const { running } = await startClocked();
    await byBrowser(running);
    await post(running, [createPurchase(changes)], path === undefined ? {} : { path });
    expect(running.journalEvents().map(({ counted }) => counted)).toEqual(['browser', 'server']);
  });
});

describe('reports without an event id', () => {
  const view = (userData: Readonly<Record<string, unknown>>, changes: Readonly<Record<string, unknown>> = {}) =>
    createEvent({ event_name: 'PageView', event_id: undefined, user_data: userData, ...changes });

  it.each([
    ['fbp', { fbp }, { fbp }],
    ['external_id', { 'ud[external_id]': 'cust-1' }, { external_id: ['other', 'cust-1'] }],
  ])("are merged by %s if the browser's comes first", async (kind, parameters, userData) => {
    const { running } = await startClocked();
    await sendBeacon(running, { ev: 'PageView', ...parameters });
    await post(running, [view(userData)]);
    expect(events(running)).toEqual([['PageView', null, 'browser', kind]]);
    expect(reasons(running)[0]).toContain(`the same event name and ${kind} within 48 h, the fallback for events without an id`);
  });

  it("are not merged if the server's comes first, and the journal explains it", async () => {
    const { running } = await startClocked();
    await post(running, [view({ fbp })]);
    await sendBeacon(running, { ev: 'PageView', fbp });
    expect(events(running)).toEqual([
      ['PageView', null, 'server', null],
      ['PageView', null, 'browser', null],
    ]);
    for (const why of reasons(running))
      expect(why).toContain("one of them has no event id, and then the browser's must come first");
  });

  it('are not merged within one source, nor with two different ids', async () => {
    const { running } = await startClocked();
    await sendBeacon(running, { ev: 'PageView', fbp, eid: 'a' });
    await sendBeacon(running, { ev: 'PageView', fbp });
    await post(running, [view({ fbp }, { event_id: 'b' })]);
    expect(events(running)).toEqual([
      ['PageView', 'a', 'browser', null],
      ['PageView', 'b', 'browser', 'fbp'],
    ]);
  });

  it("merge one server's report with each of the browser's", async () => {
    const { running } = await startClocked();
    for (const _ of [1, 2]) await sendBeacon(running, { ev: 'PageView', fbp });
    for (const _ of [1, 2, 3]) await post(running, [view({ fbp })]);
    expect(events(running).map(([, , counted, mergedBy]) => [counted, mergedBy])).toEqual([
      ['browser', 'fbp'],
      ['browser', 'fbp'],
      ['server', null],
    ]);
  });

  it('are two events after 48 hours', async () => {
    const { running, advance } = await startClocked();
    await sendBeacon(running, { ev: 'PageView', fbp });
    advance(48 * hour + 1);
    await post(running, [view({ fbp }, { event_time: nowSeconds + 48 * 3_600 })]);
    expect(running.journalEvents()).toHaveLength(2);
  });

  it('are not merged by a value that was masked', async () => {
    const { running } = await startClocked();
    await sendBeacon(running, { ev: 'PageView', 'ud[external_id]': 'jane@example.com' });
    await post(running, [view({ external_id: 'john@example.com', fbp: 'fb.1.1.2' })]);
    expect(running.journalEvents()).toHaveLength(2);
  });
});

describe('the explanation', () => {
  it('names an id that the browser sent as a property', async () => {
    const { running } = await startClocked();
    await sendBeacon(running, { 'cd[eventID]': 'ord-1001', 'cd[value]': '1' });
    await post(running, [createPurchase()]);
    const [browser, server] = running.journalEvents();
    for (const event of [browser, server]) {
      expect(event).toMatchObject({ doubtful: true });
      expect(event?.why).toContain('Pass it in the fourth argument of fbq.');
    }
    expect(browser?.browser[0]?.warnings).toEqual([
      { field: 'eventID', message: 'is in the third argument of fbq. Deduplication uses the fourth argument' },
    ]);
  });

  it('names an id under another name, and an order under another id', async () => {
    const { running } = await startClocked();
    await byBrowser(running, { ev: 'purchase' });
    await post(running, [createPurchase(), createPurchase({ event_id: 'retry-1' })]);
    const [custom, first, second] = reasons(running);
    expect(custom).toContain(
      "Not merged with a report of the server with the same event id: its name is Purchase, this one's is purchase.",
    );
    expect(custom).toContain('A custom event: names are case-sensitive, and the standard event is Purchase.');
    for (const why of [first, second]) expect(why).toContain('the event ids differ. Meta does not compare order ids.');
  });

  it('names what is missing for a match', async () => {
    const { running } = await startClocked();
    await byBrowser(running);
    expect(running.journalEvents()[0]?.matchedBy).toEqual(['client_ip_address', 'client_user_agent']);
    expect(reasons(running)[0]).toContain('The match is weak, because no key identifies a person');
    await post(running, [createPurchase()]);
    expect(reasons(running)[0]).toContain('Only a duplicate has em. Send the same keys from both');
  });

  it('names a lost external id as a fault only if no browser id replaces it', async () => {
    const { running } = await startClocked();
    const person = { user_data: { external_id: ['cust-1'], fbp: 'fb.1.1789990000123.1098115397' } };
    await byBrowser(running, { fbp: 'fb.1.1789990000123.1098115397' });
    await post(running, [createPurchase(person)]);
    expect(reasons(running)[0]).toContain('It has no external_id, so Meta uses fbp as one. No action needed.');
    expect(reasons(running)[0]).not.toContain('Only a duplicate');
    await byBrowser(running, { eid: 'ord-1002' });
    await post(running, [createPurchase({ ...person, event_id: 'ord-1002' })]);
    expect(reasons(running)[1]).toContain('Only a duplicate has external_id, fbp.');
  });

  it('names a beacon that no dataset counts', async () => {
    const { running } = await startClocked({ tokens: { '6543210987654321': 'EAAother' } });
    await byBrowser(running);
    await byBrowser(running, { ev: '' });
    expect(running.journalEvents().map(({ counted, reason }) => [counted, reason])).toEqual([
      ['none', 'unknown-dataset'],
      ['none', 'not-readable'],
    ]);
  });
});

it('the journal removes its oldest entries, with their events, beyond its bounds', async () => {
  const { running } = await startClocked({ overrides: { journalRequests: 2 } });
  await post(running, [createPurchase(), createEvent()]);
  await post(running, [createPurchase()]);
  await post(running, [createEvent({ event_id: 'lead-2' })]);
  expect(running.journal().map(({ id }) => id)).toEqual([2, 3]);
  expect(running.journalEvents().map(({ eventId, server }) => [eventId, server.map(({ id }) => id)])).toEqual([
    ['ord-1001', ['2.0']],
    ['lead-2', ['3.0']],
  ]);
});
