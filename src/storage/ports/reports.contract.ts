import { describe, expect, it } from 'vitest';

import { indexEntry, report, type StoreBench, start } from './store.fixture.ts';

export function reportsContract(bench: StoreBench): void {
  const { identify, restart } = bench;

  describe('reports', () => {
    const copies = async (site = 'shop') => Object.fromEntries(await bench.store.findDuplicates(site, '', '~'));

    it('purchases that only browsers reported are counted up to a limit', async () => {
      await identify({
        reports: [report('1', 'browser'), report('4', 'server')],
        index: [
          indexEntry('1', { id: 'ord-1' }),
          indexEntry('2'),
          indexEntry('3', { name: 'Lead' }),
          indexEntry('4', { id: 'ord-1', reporter: 'server' }),
          indexEntry('5', { reporter: 'webhook' }),
          indexEntry('6'),
          indexEntry('7'),
        ],
      });
      await identify({ index: [indexEntry('8')] }, 'shop-2');
      expect(await bench.store.countBrowserPurchases('shop', '', 9)).toEqual({ count: 3, last: '7' });
      expect(await bench.store.countBrowserPurchases('shop', '', 2)).toEqual({ count: 2, last: '6' });
      expect(await bench.store.countBrowserPurchases('shop', '2', 9)).toEqual({ count: 2, last: '7' });
      expect(await bench.store.countBrowserPurchases('shop', '7', 9)).toEqual({ count: 0 });
    });

    it('purchases beyond a number of their network are found, and left out of the count', async () => {
      const placed = (offset: string, networkPlace: number) => ({ ...indexEntry(offset), networkPlace });
      await identify({ index: [indexEntry('1'), placed('2', 1), placed('3', 2), placed('4', 3), placed('5', 1)] });
      await identify({
        reports: [report('5', 'browser', { id: 'ord-5' }), report('6', 'browser', { id: 'ord-5' })],
        index: [{ ...placed('6', 9), id: 'ord-5' }],
      });
      const find = async (maxPlace: number) => [
        ...(await bench.store.findCrowdedPurchases('shop', ['1', '2', '3', '4', '6'], maxPlace)),
      ];
      expect((await find(1)).sort()).toEqual(['3', '4']);
      expect(await find(2)).toEqual(['4']);
      expect(await bench.store.findCrowdedPurchases('shop-2', ['4'], 1)).toEqual(new Set());
      expect(await bench.store.findCrowdedPurchases('shop', [], 1)).toEqual(new Set());
      expect(await bench.store.countBrowserPurchases('shop', '', 9, 1)).toEqual({ count: 3, last: '5' });
      expect(await bench.store.countBrowserPurchases('shop', '1', 2, 2)).toEqual({ count: 2, last: '3' });
      expect(await bench.store.countBrowserPurchases('shop', '', 9)).toEqual({ count: 5, last: '5' });
    });

    it('known purchases are found by id, with their place while only browsers reported them', async () => {
      const placed = (offset: string, id: string) => ({ ...indexEntry(offset, { id }), networkPlace: 2 });
      await identify({
        reports: [
          report('1', 'browser', { id: 'a' }),
          report('2', 'browser', { id: 'b' }),
          report('3', 'server', { id: 'c' }),
          report('4', 'browser', { id: 'd', name: 'Lead' }),
          report('5', 'browser', { id: 'e', keepUntil: start - 1 }),
        ],
        index: [placed('1', 'a'), placed('2', 'b'), indexEntry('3', { id: 'c', reporter: 'server' }), placed('5', 'e')],
      });
      const find = async (site = 'shop') =>
        Object.fromEntries(await bench.store.findReportedPurchases(site, ['a', 'b', 'c', 'd', 'e', 'f'], start));
      expect(await find()).toEqual({
        a: { primary: '1', networkPlace: 2 },
        b: { primary: '2', networkPlace: 2 },
        c: { primary: '3' },
      });
      await identify({
        reports: [report('6', 'webhook', { id: 'b' })],
        index: [indexEntry('6', { id: 'b', reporter: 'webhook' })],
      });
      expect(await find()).toMatchObject({ b: { primary: '2' } });
      expect((await find()).b).not.toHaveProperty('networkPlace');
      expect(await find('shop-2')).toEqual({});
      expect(await bench.store.findReportedPurchases('shop', [], start)).toEqual(new Map());
    });

    it('trusted reports are found, also for events that a browser reported first', async () => {
      await identify({
        reports: [report('1', 'browser'), report('2', 'server', { id: 'ord-2' }), report('5', 'webhook')],
        index: [
          indexEntry('1', { id: 'ord-1' }),
          indexEntry('2', { reporter: 'server' }),
          indexEntry('3'),
          indexEntry('5', { id: 'ord-1', reporter: 'webhook' }),
          indexEntry('6', { reporter: 'webhook' }),
        ],
      });
      const [first, second, copy, last] = [
        { offset: '1', primary: '1' },
        { offset: '2', primary: '2' },
        { offset: '5', primary: '1' },
        { offset: '6', primary: '6' },
      ];
      const find = (after: string, through: string, limit = 9) => bench.store.findTrustedReports('shop', after, through, limit);
      expect(await find('', '6')).toEqual({ reports: [first, second, copy, last], through: '6', others: 1 });
      expect(await find('', '6', 2)).toEqual({ reports: [first, second], through: '2', others: 0 });
      expect(await find('2', '5')).toEqual({ reports: [copy], through: '5', others: 1 });
      expect(await find('5', '9')).toEqual({ reports: [last], through: '9', others: 0 });
      expect(await bench.store.findTrustedReports('shop-2', '', '9', 9)).toEqual({ reports: [], through: '9', others: 0 });
    });

    it('the first report of an event is its primary report, and later ones are duplicates', async () => {
      await identify({ reports: [report('1', 'browser'), report('2', 'server')], cursor: '2' });
      await identify({ reports: [report('3', 'webhook')], cursor: '3' });
      expect(await copies()).toEqual({ 2: '1', 3: '1' });
      expect(await bench.store.findDuplicates('shop', '3', '3')).toEqual(new Map([['3', '1']]));
      const count = (after: string, through: string) => bench.store.countDuplicates('shop', after, through);
      expect([await count('', '3'), await count('2', '3'), await count('', '2'), await count('3', '9')]).toEqual([2, 1, 1, 0]);
      expect(await bench.store.countDuplicates('shop-2', '', '9')).toBe(0);
      expect(await bench.store.findDuplicatesByPrimary('shop', ['1', '2'])).toEqual(new Map([['1', ['2', '3']]]));
      expect(await bench.store.getIdentityCursor('shop')).toBe('3');
    });

    it.each([
      ['browser', 'server'],
      ['server', 'browser'],
      ['webhook', 'browser'],
    ] as const)('the source does not decide which report is the primary one: %s before %s', async (one, other) => {
      await identify({ reports: [report('1', one), report('2', other)] });
      expect(await copies()).toEqual({ 2: '1' });
    });

    it("a browser's denied report beside its granted one is another report of one purchase", async () => {
      const denied = { stated: 'denied', effective: 'denied' } as const;
      const index = [
        indexEntry('1', { id: 'ord-1', orderId: '1001', keys: ['email'] }),
        indexEntry('2', { id: 'ord-1', consent: denied }),
      ];
      await identify({ reports: [report('1', 'browser'), report('2', 'browser')], index, cursor: '2' });
      expect(await copies()).toEqual({ 2: '1' });
      expect(await bench.store.countBrowserPurchases('shop', '', 9)).toEqual({ count: 1, last: '1' });
      expect(await bench.store.searchEvents('shop', { limit: 9, lacks: ['email'] })).toEqual({ offsets: ['1'] });
      await identify({
        reports: [report('3', 'webhook')],
        index: [indexEntry('3', { id: 'ord-1', reporter: 'webhook' })],
        cursor: '3',
      });
      expect(await bench.store.findDuplicatesByPrimary('shop', ['1'])).toEqual(new Map([['1', ['2', '3']]]));
      expect(await bench.store.listPurchases('shop', '', '9', 9)).toMatchObject([
        { offset: '1', reporters: ['browser', 'webhook'] },
      ]);
      const hour = [start - 3_600_000, start + 3_600_000] as const;
      expect(await bench.store.sumReceived('shop', 'orders', ...hour)).toBe(1);
    });

    it('another name, id or site is another event', async () => {
      await identify({
        reports: [report('1', 'browser'), report('2', 'server', { name: 'Lead' }), report('3', 'server', { id: 'ord-2' })],
      });
      await identify({ reports: [report('4', 'server')] }, 'shop-2');
      expect(await copies()).toEqual({});
      expect(await copies('shop-2')).toEqual({});
    });

    it('committing the same reports again changes nothing', async () => {
      const delta = {
        reports: [report('1', 'browser'), report('2', 'server')],
        cursor: '2',
        pending: [{ offset: '2', until: start + 90 }],
        absent: [{ offset: '7', reason: 'erased' as const }],
      };
      const readAll = async () => ({
        copies: await copies(),
        find: await bench.store.findEvents('shop', 'ord-1'),
        pending: await bench.store.findExpiredPending('shop', start + 90),
        absent: await bench.store.getAbsentReasons('shop', ['7']),
        reporters: await bench.store.getPurchaseReporters('shop', start),
      });
      await identify(delta);
      const before = await readAll();
      await identify(delta);
      expect(await readAll()).toEqual(before);
      expect(before.copies).toEqual({ 2: '1' });
    });

    it('an expired primary report is replaced by the next report', async () => {
      await identify({ reports: [report('1', 'browser')] });
      await identify({ reports: [report('2', 'server', { keepUntil: start + 9_000 })], now: start + 1_001 });
      await identify({ reports: [report('3', 'webhook')], now: start + 2_000 });
      expect(await copies()).toEqual({ 3: '2' });
      expect(await bench.store.findEvents('shop', 'ord-1')).toEqual(['2']);
    });

    it('sources of recent purchases are returned', async () => {
      await identify({ reports: [report('1', 'webhook'), report('2', 'server', { name: 'Lead' })] });
      await identify({ reports: [report('3', 'browser')], now: start + 500 });
      expect(await bench.store.getPurchaseReporters('shop', start)).toEqual(['browser', 'webhook']);
      expect(await bench.store.getPurchaseReporters('shop', start + 1)).toEqual(['browser']);
      expect(await bench.store.getPurchaseReporters('shop-2', 0)).toEqual([]);
    });

    it('the first reason of an absent body stays', async () => {
      await identify({ absent: [{ offset: '1', reason: 'consent-denied' }] });
      await identify({
        absent: [
          { offset: '1', reason: 'erased' },
          { offset: '2', reason: 'erased' },
        ],
      });
      expect(Object.fromEntries(await bench.store.getAbsentReasons('shop', ['1', '2', '3']))).toEqual({
        1: 'consent-denied',
        2: 'erased',
      });
      expect((await bench.store.getAbsentReasons('shop-2', ['1'])).size).toBe(0);
    });

    it('an identity commit survives a crash', async () => {
      await identify({
        reports: [report('1', 'browser'), report('2', 'server')],
        cursor: '2',
        pending: [{ offset: '2', until: start }],
        absent: [{ offset: '0', reason: 'erased' }],
      });
      await restart();
      expect(await copies()).toEqual({ 2: '1' });
      expect(await bench.store.getIdentityCursor('shop')).toBe('2');
      expect(await bench.store.findExpiredPending('shop', start)).toEqual(['2']);
      expect(await bench.store.getAbsentReasons('shop', ['0'])).toEqual(new Map([['0', 'erased']]));
    });
  });
}
