import { describe, expect, it } from 'vitest';
import { minuteMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import { consumer, createState, type StoreBench, start } from './store.fixture.ts';
import { formatUploadKey, type NewUpload, type UploadResult } from './uploads.ts';

export function uploadsContract(bench: StoreBench): void {
  const { commit, restart } = bench;

  describe('uploads', () => {
    const upload = (orderId: string, more: Partial<NewUpload> = {}): NewUpload => ({
      ...{ kind: 'online-adjustment', key: formatUploadKey(orderId, 'r-1', 'Purchase'), orderId, offset: `of-${orderId}` },
      ...{ at: start, content: '{"goal":"Purchase\\u0000"}', dueAt: start },
      ...more,
    });
    const result = (orderId: string, more: Partial<UploadResult> = {}): UploadResult => {
      const { kind, key } = upload(orderId);
      return { kind, key, state: 'uploaded', tries: 1, dueAt: start, triedAt: start + 1, ...more };
    };
    const due = async (now = start, limit = 10, kind: NewUpload['kind'] = 'online-adjustment') =>
      (await bench.store.listDueUploads(consumer, kind, now, limit)).map(({ orderId }) => orderId);
    const ofOrders = (...orderIds: readonly string[]) => bench.store.listOrderUploads('shop', orderIds);
    const owned = async (more: Partial<Parameters<typeof bench.store.findOwnedUploads>[1]>) =>
      (await bench.store.findOwnedUploads('shop', { hashes: [], visitors: [], orderIds: [], ...more })).map(
        ({ orderId }) => orderId,
      );

    it('a row is kept once, as the first commit has it, and belongs to its connection', async () => {
      const other = upload('1001', { kind: 'offline-conversion', dueAt: start + 1 });
      await commit({ putUploads: [upload('1001'), other] });
      await commit({ putUploads: [upload('1001', { content: '{}', dueAt: start + minuteMs })] });
      await restart();
      const kept = { consumer, state: 'waiting', tries: 0 };
      expect(await ofOrders('1001', '1002')).toEqual([
        { ...upload('1001'), ...kept },
        { ...other, ...kept },
      ]);
      expect(await ofOrders()).toEqual([]);
      expect(await bench.store.listOrderUploads('other', ['1001'])).toEqual([]);
    });

    it('rows of one kind are due however many of another kind wait', async () => {
      const late = ['2001', '2002', '2003'].map((orderId) => upload(orderId, { kind: 'offline-conversion', dueAt: start - 1 }));
      await commit({ putUploads: [...late, upload('1001')] });
      expect(await due(start, 2)).toEqual(['1001']);
      expect(await due(start, 2, 'offline-conversion')).toEqual(['2001', '2002']);
    });

    it('waiting rows are due in the order of their times, and a result moves or ends them', async () => {
      await commit({ putUploads: [upload('1001', { dueAt: start + 5 }), upload('1002'), upload('1003', { dueAt: start + 9 })] });
      expect(await due(start - 1)).toEqual([]);
      expect(await due(start + 5)).toEqual(['1002', '1001']);
      expect(await due(start + 9, 2)).toEqual(['1002', '1001']);
      const answer = { code: '117', message: 'Convey tries again.', trackingId: 'track' };
      await commit({
        uploadResults: [
          result('1001', { state: 'waiting', dueAt: start + minuteMs, answer }),
          result('1002', { content: '{"sent":1}' }),
          result('1009'),
        ],
      });
      await restart();
      expect(await due(start + 9)).toEqual(['1003']);
      expect(await due(start + minuteMs)).toEqual(['1003', '1001']);
      const [first, second] = await ofOrders('1001', '1002');
      expect(first).toMatchObject({ orderId: '1002', state: 'uploaded', content: '{"sent":1}', triedAt: start + 1 });
      expect(first).not.toHaveProperty('answer');
      expect(second).toMatchObject({ state: 'waiting', tries: 1, content: upload('1001').content, answer });
      expect(await bench.store.countUploads(consumer)).toEqual({ waiting: 2, uploaded: 1 });
      expect(await bench.store.countUploads('shop/other')).toEqual({});
      // An event that is decided again finds the row as it is.
      await commit({ putUploads: [upload('1002')] });
      expect(await ofOrders('1002')).toMatchObject([{ state: 'uploaded' }]);
    });

    it('late purchases that are not uploaded are summed by state, answer and currency', async () => {
      const late = (orderId: string, at: number, content: object) =>
        upload(orderId, { kind: 'offline-conversion', at, content: JSON.stringify({ time: at, ...content }) });
      const eur = { value: 10.5, currency: 'EUR' };
      const putUploads = [
        late('1', 5, eur),
        late('2', 4, { ...eur, goal: '\u0000\\"\ud800' }),
        late('3', 3, {}),
        late('4', 2, eur),
        late('5', 1, eur),
      ];
      const end = (orderId: string, more: object) => ({ ...result(orderId, more), kind: 'offline-conversion' as const });
      const answer = { code: 'removed-unread', message: 'Removed.' };
      await commit({ putUploads: [...putUploads, upload('6')] });
      await commit({ uploadResults: [end('4', { state: 'dead', answer }), end('5', {})] });
      await restart();
      expect((await bench.store.sumLatePurchases(consumer)).toSorted((one, other) => one.oldest - other.oldest)).toEqual([
        { state: 'dead', code: 'removed-unread', currency: 'EUR', purchases: 1, amount: 10.5, oldest: 2 },
        { state: 'waiting', purchases: 1, amount: 0, oldest: 3 },
        { state: 'waiting', currency: 'EUR', purchases: 2, amount: 21, oldest: 4 },
      ]);
      expect(await bench.store.sumLatePurchases('shop/other')).toEqual([]);
    });

    it('the state of the uploads is replaced, and a commit that lost its lease changes nothing', async () => {
      expect(await bench.store.getUploadState(consumer)).toBeUndefined();
      await commit({ uploadState: '{"a":1}' });
      await commit({ uploadState: '{"a":2}' });
      await commit({});
      await restart();
      expect(await bench.store.getUploadState(consumer)).toBe('{"a":2}');
      const stale = bench.lease;
      await bench.acquire(consumer);
      const change = { state: createState('1'), putUploads: [upload('1001')], uploadState: '{}' };
      await expect(bench.store.commitDelivery(stale, change)).rejects.toThrow();
      expect(await due()).toEqual([]);
      expect(await bench.store.getUploadState(consumer)).toBe('{"a":2}');
    });

    it('the rows of a person are found by their order and by their values', async () => {
      const person = { forms: { emailPlain: sha256('a'), phoneE164: sha256('b') }, externalId: sha256('c'), anonymousId: 'one' };
      const other = { forms: { emailPlain: sha256('d') }, anonymousId: 'another' };
      await commit({
        putUploads: [upload('1001', { person }), upload('1002', { person: other }), upload('1003')],
      });
      expect((await ofOrders('1001'))[0]?.person).toEqual(person);
      for (const letter of ['a', 'b', 'c']) expect(await owned({ hashes: [sha256(letter)] })).toEqual(['1001']);
      expect(await owned({ visitors: ['one'] })).toEqual(['1001']);
      expect(await owned({ orderIds: ['1003'], hashes: [sha256('d')] })).toEqual(['1002', '1003']);
      expect(await owned({ hashes: ['one', 'visitor:one'], visitors: [sha256('a'), 'on'] })).toEqual([]);
    });

    it('an erasure removes the rows of orders and of reports, but not those of a report alone', async () => {
      await commit({ putUploads: ['1001', '1002', '1003', '1004'].map((id) => upload(id)) });
      const erasure = { site: 'shop', offsets: ['of-1002', 'of-1003'], reportsAlone: new Set(['of-1003']), visitors: [] };
      await bench.store.beginErasure({ ...erasure, orderIds: ['1001'], now: start });
      await restart();
      expect(await due()).toEqual(['1003', '1004']);
    });

    it('waiting rows of old purchases are listed, the oldest first, whenever they are due', async () => {
      const later = { dueAt: start + minuteMs };
      const putUploads = [
        upload('1', { at: start - 1 }),
        upload('2', { at: start - 2, ...later }),
        upload('3'),
        upload('4', { at: 1 }),
      ];
      await commit({ putUploads, uploadResults: [result('4')] });
      const old = async (limit: number) =>
        (await bench.store.listOldUploads(consumer, start, limit)).map(({ orderId }) => orderId);
      expect(await old(9)).toEqual(['2', '1']);
      expect(await old(1)).toEqual(['2']);
      expect(await bench.store.listOldUploads('shop/other', start, 9)).toEqual([]);
    });

    it('retention keeps a lost purchase, which has no person, as long as a failed event', async () => {
      const kind = 'offline-conversion';
      const person = { forms: { emailPlain: sha256('a') }, anonymousId: 'one' };
      const old = { kind, person, at: start - 9 } as const;
      const end = { kind, state: 'dead', content: '{"time":1}' } as const;
      await commit({ putUploads: [upload('1001', old), upload('1002', old), upload('1003', old)] });
      await commit({ uploadResults: [result('1001', { ...end, forgetsPerson: true }), result('1002', end)] });
      const sweep = async (deadLettersBefore: number) => {
        const what = { through: '', profilesBefore: 0, countsBefore: 0, deadLettersBefore, ordersBefore: start };
        for (let some = 1; some > 0; ) some = await bench.store.removeExpired('shop', what, 1);
        return ofOrders('1001', '1002', '1003');
      };
      const [lost, ...others] = await sweep(start + 1);
      expect(others).toEqual([]);
      expect(lost).toMatchObject({ orderId: '1001', state: 'dead', content: '{"time":1}' });
      expect(lost).not.toHaveProperty('person');
      expect(await owned({ hashes: [sha256('a')], visitors: ['one'] })).toEqual([]);
      expect(await sweep(start + 2)).toEqual([]);
    });

    it('retention removes the rows of old purchases, and a removed connection has none', async () => {
      const putUploads = [upload('1001', { at: start - 1 }), upload('1002', { at: start - 1 }), upload('1003')];
      await commit({ putUploads, uploadState: '{}' });
      const what = { through: '', profilesBefore: 0, deadLettersBefore: 0, countsBefore: 0 };
      for (const more of [{}, { ordersBefore: start }])
        for (let some = 1; some > 0; ) some = await bench.store.removeExpired('shop', { ...what, ...more }, 1);
      expect(await due()).toEqual(['1003']);
      await bench.store.retireConnection('shop', 'bing', start);
      expect(await ofOrders('1003')).toEqual([]);
      expect(await bench.store.getUploadState(consumer)).toBeUndefined();
    });
  });
}
