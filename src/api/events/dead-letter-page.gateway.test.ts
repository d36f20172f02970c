import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryCommit, Lease } from '../../storage/ports/consumers.ts';
import { createTestClient, openApi } from '../api.fixture.ts';
import type { ApiClient } from '../client.ts';
import { type DeadLetterView, deadLettersResponse } from './rejection-schemas.ts';

const state: DeliveryCommit['state'] = {
  cursor: '9',
  pause: null,
  breaker: { failures: 0, recent: [], failedProbes: null, notBefore: 0 },
  verdicts: '',
  settingsDigest: '',
  settingsChangedAt: 0,
  inDoubt: 0,
};

describe('the failed events of a site', () => {
  let api: Awaited<ReturnType<typeof openApi>>;
  let ask: ApiClient;
  beforeEach(async () => {
    api = await openApi();
    ask = createTestClient(api.app());
  });
  afterEach(() => api.dispose());

  const commit = async (connection: string, delta: Omit<DeliveryCommit, 'state'>) => {
    const lease: Lease | undefined = await api.store.acquireLease(`shop/${connection}`, 'test', 60_000);
    if (!lease) throw new Error('the lease is taken');
    await api.store.commitDelivery(lease, { state, ...delta });
  };
  const buildDeadLetter = (offset: string, at: number) => ({
    offset,
    cause: 'rejected' as const,
    issues: [],
    eventName: 'Lead',
    eventId: `lead-${offset}`,
    bytes: new Uint8Array(),
    at,
  });
  const name = (view: DeadLetterView) => `${view.connection} ${'range' in view ? `to ${view.range.through}` : view.eventId}`;

  it('are one list for all connections, the newest first, paginated without gaps and repeats', async () => {
    await commit('bing', { deadLetters: [buildDeadLetter('1', 10), buildDeadLetter('2', 20), buildDeadLetter('5', 20)] });
    await commit('bing', { expired: { after: '', lastOffset: '3', events: 3, at: 15 } });
    await commit('other', {
      deadLetters: [buildDeadLetter('1', 30), buildDeadLetter('2', 20), buildDeadLetter('5', 20), buildDeadLetter('6', 1)],
    });
    const whole = [
      'other lead-1',
      'bing lead-5',
      'other lead-5',
      'bing lead-2',
      'other lead-2',
      'bing to 3',
      'bing lead-1',
      'other lead-6',
    ];
    for (const limit of [1, 2, 3, 7, 8, 100]) {
      const pages: string[][] = [];
      let cursor: string | undefined;
      do {
        const page = await ask('GET /api/sites/:site/dead-letters', { site: 'shop', limit, cursor });
        expect(deadLettersResponse.parse(page)).toEqual(page);
        pages.push(page.deadLetters.map(name));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(pages.flat(), `in pages of ${limit}`).toEqual(whole);
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    }
  });

  it('are listed for one connection', async () => {
    await commit('bing', { deadLetters: [buildDeadLetter('1', 10), buildDeadLetter('2', 20)] });
    await commit('other', { deadLetters: [buildDeadLetter('1', 30)] });
    const params = { site: 'shop', connection: 'bing', limit: 1 } as const;
    const first = await ask('GET /api/sites/:site/dead-letters', params);
    const second = await ask('GET /api/sites/:site/dead-letters', { ...params, cursor: first.next });
    expect([first, second].flatMap(({ deadLetters }) => deadLetters.map(name))).toEqual(['bing lead-2', 'bing lead-1']);
    expect(second.next).toBeUndefined();
    await expect(ask('GET /api/sites/:site/dead-letters', { ...params, connection: 'none' })).rejects.toMatchObject({
      code: 'no-such-connection',
    });
  });

  it('are an empty list without a next page if there are none', async () => {
    expect(await ask('GET /api/sites/:site/dead-letters', { site: 'shop' })).toEqual({ deadLetters: [] });
  });
});
