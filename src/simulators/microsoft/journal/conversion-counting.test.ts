import { describe, expect, it } from 'vitest';
import { createJournal, hour, start } from './journal.fixture.ts';

const purchase = { eventType: 'custom', eventId: 'ord-1', eventName: 'purchase' };

describe('browser and server', () => {
  const byBrowser = { ea: 'purchase', event_id: 'ord-1', gv: '120', gc: 'usd' };
  const byServer = { ...purchase, customData: { value: 125.4, currency: 'USD' } };

  it('count one purchase once, by the first report', () => {
    const { entries, receive, beacon, summary } = createJournal();
    beacon(byBrowser);
    receive([byServer], { at: start + 24 * hour });
    const [event, ...others] = entries.events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      counted: 'browser',
      goals: ['purchase'],
      browser: [{ id: 'b1' }],
      server: [{ id: '1.0', duplicateOf: 'b1' }],
    });
    expect(event?.browser[0]).not.toHaveProperty('duplicateOf');
    expect(event?.why).toBe(
      "Counts for the goal purchase. Browser and server were merged: same tag, event id and event name within 24 h. The browser's report is used, because it came first.",
    );
    expect(summary()).toMatchObject({ conversions: 1, merged: 1, doubtful: 0, notCounted: 0 });
    expect(summary().goals[0]).toMatchObject({
      conversions: 1,
      byBrowser: 1,
      byServer: 0,
      merged: 1,
      values: new Map([['USD', 120]]),
    });
  });

  it.each([
    ['first-wins', 'browser', 120],
    ['browser-wins', 'browser', 120],
    ['server-wins', 'server', 125.4],
  ] as const)('use the report that the policy %s selects', (dedupPolicy, counted, value) => {
    const { entries, receive, beacon, summary } = createJournal({ dedupPolicy });
    beacon(byBrowser);
    receive([byServer]);
    expect(entries.events()).toMatchObject([{ counted, goals: ['purchase'] }]);
    expect(summary().goals[0]?.values).toEqual(new Map([['USD', value]]));
  });

  it('count twice when the names differ, and both events explain it', () => {
    const { entries, receive, beacon, summary } = createJournal();
    beacon({ ...byBrowser, ea: 'Purchase' });
    receive([byServer]);
    expect(entries.events().map(({ doubtful, why }) => [doubtful, why])).toEqual([
      [
        true,
        expect.stringContaining(
          "Not merged with a report of the server with the same event id: its name is purchase, this one's is Purchase.",
        ),
      ],
      [
        true,
        expect.stringContaining(
          "Not merged with a report of the browser with the same event id: its name is Purchase, this one's is purchase.",
        ),
      ],
    ]);
    expect(summary()).toMatchObject({ conversions: 2, merged: 0, doubtful: 2 });
  });

  it('are merged when names differ in case and dedupNames is any-case', () => {
    const { entries, receive, beacon } = createJournal({ dedupNames: 'any-case' });
    beacon({ ...byBrowser, ea: 'Purchase' });
    receive([byServer]);
    expect(entries.events()).toHaveLength(1);
  });

  it.each([
    ['another event id', 'ord-2', 'of the same order: the event ids differ.'],
    ['no event id', '', 'of the same order: one of them has no event id.'],
  ])('count twice when one of them has %s, and the order reveals it', (_, event_id, expected) => {
    const { entries, receive, beacon } = createJournal();
    beacon({ ...byBrowser, event_id, transaction_id: '1001' });
    receive([{ ...byServer, customData: { transactionId: '1001' } }]);
    expect(entries.events()).toHaveLength(2);
    for (const { why } of entries.events()) expect(why).toContain(expected);
  });

  it('do not merge page loads of the tag, and count twice after the window', () => {
    const { entries, receive, beacon } = createJournal({ dedupWindowMs: 1_000 });
    for (const at of [start, start + 1]) beacon({ evt: 'pageLoad', event_id: 'view-1' }, { at });
    receive([{ eventType: 'pageLoad', eventId: 'view-1' }]);
    expect(entries.events().map(({ reason }) => reason)).toEqual(Array(3).fill('page-load'));
    beacon(byBrowser, { at: start });
    receive([byServer], { at: start + 1_001 });
    expect(
      entries
        .events()
        .slice(3)
        .map(({ counted }) => counted),
    ).toEqual(['browser', 'server']);
  });

  it('do not count a report with denied consent, and use the other', () => {
    const { entries, receive, beacon, summary } = createJournal();
    beacon({ ...byBrowser, asc: 'D' });
    expect(entries.events()).toMatchObject([{ counted: 'none', goals: [], reason: 'consent-denied' }]);
    receive([byServer]);
    const [event, ...others] = entries.events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({ counted: 'server', goals: ['purchase'], browser: [{ void: 'consent-denied' }] });
    expect(event?.server[0]).not.toHaveProperty('duplicateOf');
    expect(event?.why).toBe('Counts for the goal purchase. A report of the browser is not counted: it denies consent.');
    expect(summary()).toMatchObject({ conversions: 1, merged: 0 });
    receive([{ ...byServer, eventId: 'ord-3', adStorageConsent: 'D' }]);
    expect(entries.events()[1]).toMatchObject({ counted: 'none', reason: 'consent-denied' });
  });
});

describe('goals', () => {
  it('match an action in any case, and an event without a goal explains it', () => {
    const { entries, receive, beacon, summary } = createJournal();
    receive([
      { ...purchase, eventName: 'PURCHASE' },
      { ...purchase, eventName: 'view_item' },
      { eventType: 'custom', eventId: 'x' },
    ]);
    receive([{ ...purchase, eventType: 'pageLoad' }]);
    beacon({ ea: 'view_item' });
    expect(entries.events().map(({ counted, goals, reason }) => [counted, goals, reason])).toEqual([
      ['server', ['purchase'], 'conversion'],
      ['server', [], 'no-goal'],
      ['server', [], 'no-action'],
      ['server', [], 'page-load'],
      ['browser', [], 'no-goal'],
    ]);
    expect(entries.events()[1]?.why).toBe('Not a conversion: no goal matches the action view_item.');
    expect(summary()).toMatchObject({
      conversions: 1,
      notCounted: 3,
      pageLoads: 1,
      reasons: [
        { reason: 'no-goal', count: 2 },
        { reason: 'no-action', count: 1 },
      ],
    });
  });

  it('sum values by currency, to the thousandth', () => {
    const { receive, beacon, summary } = createJournal();
    receive([0.1, 0.2, '5'].map((value, at) => ({ ...purchase, eventId: `${at}`, customData: { value, currency: 'eur' } })));
    beacon({ ea: 'purchase', event_id: 'b', gv: '7' });
    receive([{ ...purchase, eventId: 'none', customData: { value: 'much', currency: 'EUR' } }]);
    expect(summary().goals[0]?.values).toEqual(
      new Map([
        ['EUR', 5.3],
        ['', 7],
      ]),
    );
  });
});
