import { describe, expect, it } from 'vitest';
import { sha256 } from '../../identity/hashing.ts';
import type { ConnectionState } from './connection-state.ts';
import type { DeliveryCommit } from './consumers.ts';
import type { DashboardConnection, DashboardSite } from './dashboard-sites.ts';
import type { Store } from './store.ts';

/** The contract of dashboard sites and of site activity. */
export function dashboardSitesContract(open: {
  readonly store: () => Store;
  readonly restart: () => Promise<void>;
  readonly state: (cursor: string) => ConnectionState;
}): void {
  const at = 1_795_514_400_000;
  const site = (id: string, more: Partial<DashboardSite> = {}): DashboardSite => ({
    id,
    config: { id, domains: [`${id}.example`], uet: { mode: 'off' } },
    secretKeys: [{ id: 'k1', hash: sha256('sk_1'), createdAt: at }],
    oldWriteKeys: [{ key: 'wk_before', retiredAt: at }],
    webhookSecrets: [{ id: 's1', sealed: '1.key.own.sealed', createdAt: at }],
    hookSecrets: [{ id: 'h1', hook: 'crm', sealed: '1.key.own.sealed', createdAt: at }],
    ...more,
  });
  const connection = (of: string, id: string, more: Partial<DashboardConnection> = {}): DashboardConnection => ({
    site: of,
    id,
    config: { id, destination: 'microsoft', settings: { tagId: '5' } },
    secrets: { token: '1.key.own.sealed' },
    ...more,
  });
  const commit = async (delta: Partial<DeliveryCommit>) => {
    const lease = await open.store().acquireLease('a/bing', 'one', 60_000);
    if (!lease) throw new Error('a/bing is held by another');
    await open.store().commitDelivery(lease, { state: open.state('5'), ...delta });
    return lease;
  };

  describe('dashboard sites', () => {
    it('sites and connections survive a crash, and saving replaces them', async () => {
      await open.store().saveDashboardSite(site('b'));
      await open.store().saveDashboardSite(site('a'));
      await open.store().saveDashboardConnection(connection('a', 'bing'));
      await open.store().saveDashboardConnection(connection('of-the-file', 'bing'));
      await open.restart();
      expect(await open.store().listDashboardSites()).toEqual([site('a'), site('b')]);
      expect(await open.store().listDashboardConnections()).toEqual([connection('a', 'bing'), connection('of-the-file', 'bing')]);
      await open.store().saveDashboardSite(site('a', { secretKeys: [] }));
      await open.store().saveDashboardConnection(connection('a', 'bing', { secrets: {} }));
      expect((await open.store().listDashboardSites())[0]).toEqual(site('a', { secretKeys: [] }));
      expect((await open.store().listDashboardConnections())[0]).toEqual(connection('a', 'bing', { secrets: {} }));
    });

    it('the keys of SDKs survive a crash', async () => {
      const segmentKeys = [
        { id: 'segment-1', kind: 'server', hash: sha256('a-secret-of-a-source-1'), createdAt: at },
        { id: 'segment-2', kind: 'browser', hash: sha256('page-source'), key: 'page-source', createdAt: at },
      ] as const;
      await open.store().saveDashboardSite(site('a', { segmentKeys }));
      await open.restart();
      expect(await open.store().listDashboardSites()).toEqual([site('a', { segmentKeys })]);
    });

    it('a key is distrusted once, survives a crash, and ends when an owner trusts it or the site is removed', async () => {
      const [one, other] = [sha256('sk_1'), sha256('sk_2')].toSorted();
      if (one === undefined || other === undefined) throw new Error('two hashes are two');
      const before = await open.store().getSitesVersion();
      for (const since of [at, at + 1]) await open.store().distrustKey({ site: 'a', key: one, since });
      await open.store().distrustKey({ site: 'a', key: other, since: at });
      await open.store().distrustKey({ site: 'b', key: one, since: at });
      // A store that one process uses counts no changes.
      expect([0, before + 3]).toContain(await open.store().getSitesVersion());
      await open.restart();
      const listed = [
        { site: 'a', key: one, since: at },
        { site: 'a', key: other, since: at },
        { site: 'b', key: one, since: at },
      ];
      expect(await open.store().listDistrustedKeys()).toEqual(listed);
      await open.store().trustKey('a', other);
      await open.store().saveDashboardSite(site('b'));
      await open.store().removeDashboardSite('b', true);
      expect(await open.store().listDistrustedKeys()).toEqual(listed.slice(0, 1));
    });

    it('a site is removed with or without its connections', async () => {
      for (const id of ['a', 'b']) {
        await open.store().saveDashboardSite(site(id));
        await open.store().saveDashboardConnection(connection(id, 'bing'));
      }
      await open.store().removeDashboardSite('a', true);
      await open.store().removeDashboardSite('b', false);
      expect(await open.store().listDashboardSites()).toEqual([]);
      expect(await open.store().listDashboardConnections()).toEqual([connection('b', 'bing')]);
      await open.store().removeDashboardConnection('b', 'bing');
      expect(await open.store().listDashboardConnections()).toEqual([]);
    });

    it('secrets are saved for all sites and connections at once, and for no removed connection', async () => {
      await open.store().saveDashboardConnection(connection('a', 'bing'));
      await open.store().saveDashboardSite(site('a'));
      const changed = site('a', { webhookSecrets: [{ id: 's1', sealed: 'anew', createdAt: at }] });
      await open.store().saveSecrets(
        [
          { site: 'a', id: 'bing', secrets: { token: 'anew' } },
          { site: 'a', id: 'gone', secrets: { token: 'anew' } },
        ],
        [changed],
      );
      expect(await open.store().listDashboardSites()).toEqual([changed]);
      expect(await open.store().listDashboardConnections()).toEqual([connection('a', 'bing', { secrets: { token: 'anew' } })]);
    });

    it('a retired connection starts over, and its former lease is lost', async () => {
      const letter = {
        offset: '3',
        cause: 'rejected',
        issues: [],
        eventName: 'Lead',
        eventId: 'l',
        bytes: Buffer.from('{}'),
        at,
      } as const;
      const lease = await commit({
        putDeferred: [{ offset: '2', reason: 'retry', dueAt: at, tries: 1 }],
        deadLetters: [letter],
        outcomes: [
          { offset: '0', outcome: 'awaiting-verdict', issues: [] },
          { offset: '1', outcome: 'delivered', issues: [] },
          { offset: '2', outcome: 'waiting', issues: [] },
          { offset: '3', outcome: 'dead', issues: [] },
        ],
        putReceipt: { attempt: 'attempt-0', ticket: 't', receivedAt: at, askAt: at, asks: 0, members: [{ offset: '0' }] },
        open: { id: 'attempt-1', startedAt: at, offsets: ['4'], cursorAfter: '5', body: '{}' },
        expired: { after: '', lastOffset: '0', events: 1, at },
      });
      await open.store().retireConnection('a', 'bing', at + 1);
      await open.restart();
      expect(await open.store().getConnectionState('a/bing')).toBeUndefined();
      expect(await open.store().findDueDeliveries('a/bing', at + 1, 10)).toEqual([]);
      expect(await open.store().findDueReceipt('a/bing', at + 1)).toBeUndefined();
      expect(await open.store().listDeadLetters('a/bing', 10)).toEqual([]);
      expect(await open.store().listExpiredRanges('a/bing')).toEqual([]);
      expect(await open.store().getOpenAttempt('a/bing')).toBeUndefined();
      await expect(open.store().commitDelivery(lease, { state: open.state('9') })).rejects.toThrow('lease');
      // The delivery history stays, for the debugger and for erasure.
      expect((await open.store().listAttempts('a/bing', '4')).map(({ settled }) => settled?.result)).toEqual(['replaced']);
      const outcomes = await open.store().getOutcomes('a/bing', ['0', '1', '2', '3']);
      expect([...outcomes].map(([offset, { outcome }]) => [offset, outcome]).toSorted()).toEqual([
        ['0', 'unverified'],
        ['1', 'delivered'],
        ['2', 'dead'],
        ['3', 'dead'],
      ]);
      expect(outcomes.get('2')?.issues[0]?.code).toBe('connection-removed');
      // The outcomes of the next connection with this id are distinct from it.
      expect([...outcomes.values()].every(({ isRetired: retired }) => retired)).toBe(true);
      await commit({ outcomes: [{ offset: '1', outcome: 'waiting', issues: [] }] });
      const known = await open.store().getOutcomes('a/bing', ['1', '3']);
      expect([known.get('1')?.isRetired, known.get('3')?.isRetired]).toEqual([undefined, true]);
    });

    it('a connection that is created again is retired in the same commit; a changed one continues', async () => {
      await commit({});
      await open.store().saveDashboardConnection(connection('a', 'bing'));
      expect((await open.store().getConnectionState('a/bing'))?.cursor).toBe('5');
      await open.store().saveDashboardConnection(connection('a', 'bing'), { now: at });
      expect(await open.store().getConnectionState('a/bing')).toBeUndefined();
    });

    it('retiring a connection that never ran changes nothing', async () => {
      await open.store().retireConnection('a', 'bing', at);
      expect(await open.store().getConnectionState('a/bing')).toBeUndefined();
    });
  });

  describe('site activity', () => {
    const indexed = { receivedAt: at, time: at, name: 'Purchase', reporter: 'browser', keys: [] } as const;
    const granted = { stated: 'granted', effective: 'granted' } as const;
    const silent = { stated: 'unknown', effective: 'denied' } as const;
    const identify = async (...index: readonly { offset: string; more?: object }[]) => {
      const lease = await open.store().acquireLease('identity:a', 'one', 60_000);
      if (!lease) throw new Error('a is held by another');
      const entries = index.map(({ offset, more }) => ({ ...indexed, consent: granted, offset, id: `id-${offset}`, ...more }));
      await open.store().commitIdentity(lease, { site: 'a', cursor: '9', reports: [], index: entries, now: at });
    };

    it('events are counted by equal name, sources, consent and match keys', async () => {
      await identify(
        { offset: '1', more: { name: 'PageView', consent: silent } },
        { offset: '2', more: { keys: ['msclkid', 'email'] } },
        { offset: '3', more: { keys: ['msclkid', 'email'], receivedAt: at + 5 } },
        { offset: '4', more: { reporter: 'server', receivedAt: at + 9 } },
      );
      const observed = await open.store().getEventGroups('a', 0, 100);
      expect(observed.toSorted((a, b) => a.first - b.first || a.last - b.last || a.name.localeCompare(b.name))).toEqual([
        { name: 'PageView', reporters: ['browser'], consent: silent, keys: [], events: 1, first: at, last: at },
        {
          name: 'Purchase',
          reporters: ['browser'],
          consent: granted,
          keys: ['msclkid', 'email'],
          events: 2,
          first: at,
          last: at + 5,
        },
        { name: 'Purchase', reporters: ['server'], consent: granted, keys: [], events: 1, first: at + 9, last: at + 9 },
      ]);
      expect(await open.store().getEventGroups('b', 0, 100)).toEqual([]);
    });

    it('only the newest events since a time are counted', async () => {
      await identify(
        { offset: '1', more: { reporter: 'server' } },
        { offset: '2', more: { receivedAt: at + 5 } },
        { offset: '3', more: { receivedAt: at + 9 } },
      );
      const count = async (since: number, limit: number) =>
        (await open.store().getEventGroups('a', since, limit)).reduce((sum, { events }) => sum + events, 0);
      expect([await count(0, 2), await count(at + 6, 100), await count(0, 100)]).toEqual([2, 1, 3]);
      expect(await open.store().getFirstBrowserEventTime('a', 100)).toBe(at + 5);
      expect(await open.store().getFirstBrowserEventTime('a', 1)).toBeUndefined();
    });
  });
}
