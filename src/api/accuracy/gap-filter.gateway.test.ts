import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildConnectionState, buildEvent, encodeEvent, start } from '../../delivery/delivery.fixture.ts';
import { formatEventKey } from '../../event/event-key.ts';
import { hourMs, minuteMs } from '../../event/units.ts';
import type { IndexEntry } from '../../storage/ports/event-index.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';
import { createTestClient, openApi } from '../api.fixture.ts';
import { type ApiClient, isEventGap } from '../client.ts';

let api: Awaited<ReturnType<typeof openApi>>;
let ask: ApiClient;
beforeEach(async () => {
  api = await openApi();
  ask = createTestClient(api.app({ now: () => start }));
  await seed();
});
afterEach(() => api.dispose());

type Outcome = EventOutcomeEntry['outcome'];

interface Case {
  readonly id: string;
  readonly outcome?: Outcome;
  readonly code?: string;
  readonly isFresh?: true;
  readonly defers?: 'hold' | 'retry';
  readonly more?: Partial<IndexEntry>;
}

/** The first was received before the connection began, and the last ones wait after its cursor. */
const cases: readonly Case[] = [
  { id: 'earlier' },
  { id: 'accepted', outcome: 'delivered' },
  { id: 'claimed-total', outcome: 'delivered', code: 'claimed' },
  { id: 'claimed-denial', outcome: 'consent-denied', code: 'denied-by-browser' },
  { id: 'denied', outcome: 'consent-denied' },
  { id: 'rejected-1', outcome: 'dead', code: 'currency' },
  { id: 'rejected-2', outcome: 'dead', code: 'currency' },
  { id: 'expired', outcome: 'dead', code: 'expired' },
  { id: 'damaged', outcome: 'dead', code: 'corrupt' },
  { id: 'retrying', outcome: 'waiting', defers: 'retry' },
  { id: 'held', outcome: 'waiting', defers: 'hold' },
  { id: 'waiting', outcome: 'waiting', defers: 'retry', isFresh: true },
  { id: 'browsers', outcome: 'dead', code: 'currency', more: { reporter: 'browser' } },
  { id: 'lead', outcome: 'dead', code: 'currency', more: { name: 'Lead' } },
  { id: 'lost' },
  { id: 'unsent' },
  { id: 'unread', isFresh: true },
];
const afterCursor = 2;

async function seed() {
  const rows = cases.map(({ id, isFresh, more }) => ({
    ...({ name: 'Purchase', id, reporter: 'server', keys: [] } as const),
    ...({ consent: { stated: 'granted', effective: 'granted' } } as const),
    receivedAt: start - (isFresh ? minuteMs : 2 * hourMs),
    time: start - 3 * hourMs,
    ...more,
  }));
  const appended = await api.log.append(
    rows.map((row) => ({
      partition: 'shop',
      key: formatEventKey(row),
      bytes: encodeEvent(
        buildEvent(row.id, { site: 'shop', name: row.name, reporter: row.reporter, time: row.time, receivedAt: row.receivedAt }),
      ),
    })),
  );
  const offsets = appended.map((one) => ('offset' in one ? one.offset : ''));
  const index = rows.map((row, at) => ({ ...row, offset: offsets[at] ?? '' }));
  const reports = index.map(({ offset, name, id, reporter }) => ({ offset, name, id, reporter, at: start, keepUntil: start }));
  const [identity, lease] = [
    await api.store.acquireLease('identity:shop', 'one', hourMs),
    await api.store.acquireLease('shop/bing', 'one', hourMs),
  ];
  if (!identity || !lease) throw new Error('nobody else runs them');
  await api.store.commitIdentity(identity, { site: 'shop', cursor: offsets.at(-1) ?? '', reports, index, now: start });
  const all = cases.map((one, at) => ({ ...one, offset: offsets[at] ?? '' }));
  await api.store.commitDelivery(lease, {
    state: {
      ...buildConnectionState({}),
      cursor: offsets.at(-1 - afterCursor) ?? '',
      begins: { after: offsets[0] ?? '', at: start - 2 * hourMs, events: 0 },
    },
    outcomes: all.flatMap(({ offset, outcome, code }) => {
      const issues = code === undefined ? [] : [{ field: '', code, message: 'Is wrong.' }];
      return outcome ? [{ offset, outcome, issues }] : [];
    }),
    putDeferred: all.flatMap(({ offset, defers }) =>
      defers ? [{ offset, reason: defers, dueAt: start + hourMs, tries: 1 }] : [],
    ),
  });
}

const list = async (filters: object) => {
  const { events } = await ask('GET /api/sites/:site/events', { site: 'shop', ...filters });
  return events.map((row) => ('gone' in row ? 'gone' : row.id));
};

describe('the filter of a gap', () => {
  it('opens exactly the orders that the accuracy counts under each gap', async () => {
    const { connections } = await ask('GET /api/sites/:site/accuracy', { site: 'shop', connection: 'bing' });
    const gaps = connections.flatMap((one) => one.gaps);
    expect(Object.fromEntries(gaps.map(({ gap, orders }) => [gap, orders]))).toEqual({
      ...{ waiting: 2, retrying: 1, unsent: 2, rejected: 2, expired: 1, damaged: 1 },
      ...{ claimed: 2, earlier: 1, lost: 1, 'consent-denied': 1 },
    });
    for (const { gap, orders } of gaps) {
      if (!isEventGap(gap)) throw new Error(`no event can have the gap ${gap}`);
      const rows = await list({ connection: 'bing', gap: [gap] });
      expect([gap, rows.length]).toEqual([gap, orders]);
      const { events } = await ask('GET /api/sites/:site/events/facets', { site: 'shop', connection: 'bing', gap: [gap] });
      expect([gap, events]).toEqual([gap, orders]);
    }
    expect(await list({ connection: 'bing', gap: ['unsent', 'retrying'] })).toEqual(['retrying', 'held', 'unsent']);
    expect(await list({ connection: 'bing', gap: ['claimed'], outcome: ['delivered'] })).toEqual(['claimed-total']);
    // No connection of the site but this one has an order under the gap.
    expect(await list({ gap: ['expired'] })).toEqual(['expired']);
    expect(await list({ connection: 'other', gap: ['expired'] })).toEqual([]);
  });

  it('holds in pages, in counts by platform, beside other filters and for a retry', async () => {
    const page = await ask('GET /api/sites/:site/events', { site: 'shop', connection: 'bing', gap: ['rejected'], limit: 1 });
    expect(page.events).toMatchObject([{ id: 'rejected-2' }]);
    expect(await list({ connection: 'bing', gap: ['rejected'], before: page.before })).toEqual(['rejected-1']);
    expect(await list({ connection: 'bing', gap: ['rejected'], until: start - 4 * hourMs })).toEqual([]);
    const facets = await ask('GET /api/sites/:site/events/facets', { site: 'shop', gap: ['rejected'] });
    expect(facets).toMatchObject({ connection: [{ value: 'bing', events: 2 }], outcome: [{ value: 'dead', events: 2 }, {}] });
    const filters = { site: 'shop', connection: 'bing', gap: ['rejected'] } as const;
    const retry = await ask('POST /api/sites/:site/events/retry', filters, { dryRun: true });
    expect(retry.connections).toMatchObject([{ connection: 'bing', failed: 2 }]);
    await expect(list({ gap: ['never-seen'] })).rejects.toMatchObject({ code: 'parameter-invalid' });
  });
});
