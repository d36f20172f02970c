import { describe, expect, it } from 'vitest';
import { createJournal, hour, start } from './journal.fixture.ts';

const purchase = { eventType: 'custom', eventId: 'ord-1', eventName: 'purchase' };

describe('browser and server', () => {
  const byBrowser = { ea: 'purchase', event_id: 'ord-1', gv: '120', gc: 'usd' };
  const byServer = { ...purchase, customData: { value: 125.4, currency: 'USD' } };

  it('tell of one purchase and it counts once, by the report that came first', () => {
    const { kept, receive, beacon, summary } = createJournal();
    beacon(byBrowser);
    receive([byServer], { at: start + 24 * hour });
    const [event, ...others] = kept.events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      counted: 'browser',
      goals: ['purchase'],
      browser: [{ id: 'b1' }],
      server: [{ id: '1.0', duplicateOf: 'b1' }],
    });
    expect(event?.browser[0]).not.toHaveProperty('duplicateOf');
    expect(event?.why).toBe(
      "Counts for the goal purchase. Browser and server were merged: same tag, event id and event name within 24 h. The browser's report stands, as it came first.",
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
  ] as const)('are merged by the policy %s', (dedupPolicy, counted, value) => {
    const { kept, receive, beacon, summary } = createJournal({ dedupPolicy });
    beacon(byBrowser);
    receive([byServer]);
    expect(kept.events()).toMatchObject([{ counted, goals: ['purchase'] }]);
    expect(summary().goals[0]?.values).toEqual(new Map([['USD', value]]));
  });

  it('count twice where the names differ, and each says why', () => {
    const { kept, receive, beacon, summary } = createJournal();
    beacon({ ...byBrowser, ea: 'Purchase' });
    receive([byServer]);
    expect(kept.events().map(({ doubtful, why }) => [doubtful, why])).toEqual([
      [
        true,
        expect.stringContaining(
          'Not merged with a report of the server that has the same event id: that one is named purchase, this one Purchase.',
        ),
      ],
      [
        true,
        expect.stringContaining(
          'Not merged with a report of the browser that has the same event id: that one is named Purchase, this one purchase.',
        ),
      ],
    ]);
    expect(summary()).toMatchObject({ conversions: 2, merged: 0, doubtful: 2 });
  });

  it('are merged whatever the case of the name where the names may be so', () => {
    const { kept, receive, beacon } = createJournal({ dedupNames: 'any-case' });
    beacon({ ...byBrowser, ea: 'Purchase' });
    receive([byServer]);
    expect(kept.events()).toHaveLength(1);
  });

  it.each([
    ['another event id', 'ord-2', 'of the same order: their event ids differ.'],
    ['no event id', '', 'of the same order: one of them has no event id.'],
  ])('count twice where one of them has %s, and the order shows it', (_, event_id, expected) => {
    const { kept, receive, beacon } = createJournal();
    beacon({ ...byBrowser, event_id, transaction_id: '1001' });
    receive([{ ...byServer, customData: { transactionId: '1001' } }]);
    expect(kept.events()).toHaveLength(2);
    for (const { why } of kept.events()) expect(why).toContain(expected);
  });

  it('never merge page loads of the tag, and count twice after the window', () => {
    const { kept, receive, beacon } = createJournal({ dedupWindowMs: 1_000 });
    for (const at of [start, start + 1]) beacon({ evt: 'pageLoad', event_id: 'view-1' }, { at });
    receive([{ eventType: 'pageLoad', eventId: 'view-1' }]);
    expect(kept.events().map(({ reason }) => reason)).toEqual(Array(3).fill('page-load'));
    beacon(byBrowser, { at: start });
    receive([byServer], { at: start + 1_001 });
    expect(
      kept
        .events()
        .slice(3)
        .map(({ counted }) => counted),
    ).toEqual(['browser', 'server']);
  });

  it('a copy for which consent was denied counts for nothing, and the other stands', () => {
    const { kept, receive, beacon, summary } = createJournal();
    beacon({ ...byBrowser, asc: 'D' });
    expect(kept.events()).toMatchObject([{ counted: 'none', goals: [], reason: 'consent-denied' }]);
    receive([byServer]);
    const [event, ...others] = kept.events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({ counted: 'server', goals: ['purchase'], browser: [{ void: 'consent-denied' }] });
    expect(event?.server[0]).not.toHaveProperty('duplicateOf');
    expect(event?.why).toBe(
      'Counts for the goal purchase. A report of the browser counts for nothing: consent was denied there.',
    );
    expect(summary()).toMatchObject({ conversions: 1, merged: 0 });
    receive([{ ...byServer, eventId: 'ord-3', adStorageConsent: 'D' }]);
    expect(kept.events()[1]).toMatchObject({ counted: 'none', reason: 'consent-denied' });
  });
});

describe('goals', () => {
  it('match an action in any case, and what none matches says so', () => {
    const { kept, receive, beacon, summary } = createJournal();
    receive([
      { ...purchase, eventName: 'PURCHASE' },
      { ...purchase, eventName: 'view_item' },
      { eventType: 'custom', eventId: 'x' },
    ]);
    receive([{ ...purchase, eventType: 'pageLoad' }]);
    beacon({ ea: 'view_item' });
    expect(kept.events().map(({ counted, goals, reason }) => [counted, goals, reason])).toEqual([
      ['server', ['purchase'], 'conversion'],
      ['server', [], 'no-goal'],
      ['server', [], 'no-action'],
      ['server', [], 'page-load'],
      ['browser', [], 'no-goal'],
    ]);
    expect(kept.events()[1]?.why).toBe('No conversion: no goal matches the action view_item.');
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
