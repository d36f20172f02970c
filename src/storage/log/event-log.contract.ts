import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsentTally } from '../../event/consent-tally.ts';
import { hourMs } from '../../event/units.ts';
import { maxBannerVersions, maxVersionsRead, otherVersions } from './consent-counts.ts';
import { type EventLog, type LogRecord, LogUnavailableError, startOffset } from './event-log.ts';

const signalFree = { excludedPrefix: '$', separator: '\u001f', maxSeparators: 2, suffix: '\u001f' };

/** One adapter under test. A second `open` on the same harness is a restart. */
export interface LogHarness {
  /** The check by a person if no append succeeds. */
  readonly remedy: string;
  /** Whether the adapter has files of its own, whose free space it returns. */
  readonly ownsFiles: boolean;
  open(): Promise<EventLog>;
  /** Ends the adapter like a power cut: no flush, no checkpoint. */
  crash(): Promise<void>;
  /** Flips one bit of the stored body of `key` without the adapter. */
  corrupt(partition: string, key: string): Promise<void>;
  /** Makes every later append fail or hang, as a full or dead disk does. */
  breakDisk(): Promise<void>;
  repairDisk(): Promise<void>;
  /** Makes every later count of consent fail, as a damaged table does, until it is called with `false`. */
  breakCounts(isBroken: boolean): Promise<void>;
  setTime(now: number): void;
  dispose(): Promise<void>;
}

/** Tests the laws of the event log, L1 to L7, for an adapter. */
export function describeEventLogContract(adapter: string, makeHarness: () => Promise<LogHarness>): void {
  describe(`the ${adapter} event log`, () => {
    let harness: LogHarness;
    let log: EventLog;

    beforeEach(async () => {
      harness = await makeHarness();
      log = await harness.open();
    });
    afterEach(() => harness.dispose());

    const record = (partition: string, key: string, text = `{"v":1,"key":"${key}"}`) => ({
      partition,
      key,
      bytes: Buffer.from(text),
    });
    const tally: ConsentTally = { country: 'DE', source: 'tcf', version: '28.134', choice: 'granted' };
    const tallied = (key: string, more: Partial<ConsentTally> = {}, partition = 'shop') => ({
      ...record(partition, key),
      tally: { ...tally, ...more },
    });
    /** After the times of all other tests: a log's times never go back. */
    const late = 1_800_000_000_000;
    const all = { records: 1_000, bytes: 1e9 };
    const keys = (records: readonly LogRecord[]) => records.map(({ key }) => key);
    const text = (found: LogRecord | undefined) =>
      found && 'bytes' in found.body ? Buffer.from(found.body.bytes).toString() : found?.body;

    it('L1: an append that resolved survives a crash', async () => {
      await log.append([record('shop', 'a'), record('shop', 'b')]);
      await harness.crash();
      log = await harness.open();
      expect(keys((await log.read('shop', startOffset, all)).records)).toEqual(['a', 'b']);
    });

    it('L2: a reader that follows its cursor under concurrent appends sees every record once and in order', async () => {
      const total = 600;
      const seen: string[] = [];
      let after = startOffset;
      let done = false;
      const follow = (async () => {
        while (!done || (await log.heads()).get('shop') !== after) {
          const page = await log.read('shop', after, { records: 7, bytes: 1e9 });
          seen.push(...keys(page.records));
          after = page.lastOffset;
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const appends = Array.from({ length: total }, async (_, index) => {
        await new Promise((resolve) => setTimeout(resolve, index % 50));
        return log.append([record(index % 3 === 0 ? 'other' : 'shop', `k${index}`)]);
      });
      const offsets = (await Promise.all(appends)).flat();
      done = true;
      await follow;
      expect(seen).toHaveLength(total - total / 3);
      expect(new Set(seen).size).toBe(seen.length);
      expect(offsets.every((appended) => 'offset' in appended)).toBe(true);
      expect(keys((await log.read('shop', startOffset, all)).records)).toEqual(seen);
    });

    it('offsets of one log compare as strings in log order, after the start offset', async () => {
      const appended = await log.append(Array.from({ length: 12 }, (_, index) => record('shop', `k${index}`)));
      const offsets = appended.map((one) => ('offset' in one ? one.offset : ''));
      expect([...offsets].sort()).toEqual(offsets);
      expect(offsets.every((offset) => offset > startOffset)).toBe(true);
    });

    it('L3: the same key in the same partition is a duplicate, across calls, inside one call and after a restart', async () => {
      await log.append([record('shop', 'a')]);
      expect(
        await log.append([
          record('shop', 'a', '{"v":1,"other":true}'),
          record('other', 'a'),
          record('shop', 'b'),
          record('shop', 'b'),
        ]),
      ).toEqual([{ duplicate: true }, { offset: expect.any(String) }, { offset: expect.any(String) }, { duplicate: true }]);
      await harness.crash();
      log = await harness.open();
      expect(await log.append([record('shop', 'b')])).toEqual([{ duplicate: true }]);
      expect(text((await log.read('shop', startOffset, all)).records[0])).toBe('{"v":1,"key":"a"}');
    });

    it('L3: many concurrent appends of one key store exactly one record', async () => {
      const answers = (await Promise.all(Array.from({ length: 40 }, () => log.append([record('shop', 'same')])))).flat();
      expect(answers.filter((one) => 'offset' in one)).toHaveLength(1);
    });

    it('L5: a read returns exactly the appended bytes', async () => {
      const bytes = Buffer.from('{"v":1,"title":"Stra\u00dfe \u2603 \ud83d\ude00 \\u0000"}');
      await log.append([{ partition: 'shop', key: 'a', bytes }]);
      const [found] = (await log.read('shop', startOffset, all)).records;
      expect(found && 'bytes' in found.body && Buffer.compare(found.body.bytes, bytes)).toBe(0);
    });

    it('L5: a record with damaged bytes reads as corrupt with the bytes on the disk, and its neighbours are unaffected', async () => {
      await log.append([record('shop', 'a'), record('shop', 'b'), record('shop', 'c')]);
      await harness.corrupt('shop', 'b');
      log = await harness.open();
      const { records } = await log.read('shop', startOffset, all);
      expect(records.map(({ body }) => Object.keys(body)[0])).toEqual(['bytes', 'corrupt', 'bytes']);
    });

    it('L5: a redacted record keeps its offset and key without a body', async () => {
      const [first] = await log.append([record('shop', 'a'), record('shop', 'b')]);
      await log.redact('shop', first && 'offset' in first ? [first.offset] : []);
      const { records } = await log.read('shop', startOffset, all);
      expect(records.map(({ key, body }) => [key, 'redacted' in body])).toEqual([
        ['a', true],
        ['b', false],
      ]);
      expect(await log.append([record('shop', 'a')])).toEqual([{ duplicate: true }]);
    });

    it('a truncated body reads as its remainder, its key deduplicates, and redacted records stay redacted', async () => {
      const appended = await log.append([record('shop', 'a'), record('shop', 'b'), record('shop', 'c')]);
      const [a = '', b = ''] = appended.map((one) => ('offset' in one ? one.offset : ''));
      await log.redact('shop', [b]);
      const bytes = Buffer.from('{"v":1}');
      await log.truncate('shop', [
        { offset: a, bytes },
        { offset: b, bytes },
        { offset: 'x'.repeat(0), bytes },
      ]);
      await harness.crash();
      log = await harness.open();
      const { records } = await log.read('shop', startOffset, all);
      expect(JSON.parse(String(text(records[0])))).toEqual({ v: 1 });
      expect(records.slice(1).map(text)).toEqual([{ redacted: true }, '{"v":1,"key":"c"}']);
      expect(await log.append([record('shop', 'a')])).toEqual([{ duplicate: true }]);
    });

    it('the log returns free space to the disk in parts, and keeps every record', async ({ skip }) => {
      skip(!harness.ownsFiles, 'the database reuses its space itself');
      const big = `{"v":1,"fill":"${'x'.repeat(20_000)}"}`;
      const appended = await log.append(Array.from({ length: 200 }, (_, index) => record('shop', `k${index}`, big)));
      const last = appended.at(-2);
      await log.trim('shop', last && 'offset' in last ? last.offset : '');
      const { bytes } = await log.health();
      let steps = 1;
      while (await log.reclaimDiskSpace()) steps += 1;
      expect(steps).toBeGreaterThan(1);
      expect((await log.health()).bytes).toBeLessThan(bytes);
      expect(keys((await log.read('shop', startOffset, all)).records)).toEqual(['k199']);
    });

    it('L6: an append rejects within 5 seconds when the disk is broken, and the log reports that it is not writable until the repair', async () => {
      await log.append([tallied('a')]);
      await harness.breakDisk();
      const started = performance.now();
      await expect(log.append([tallied('b')])).rejects.toBeInstanceOf(LogUnavailableError);
      expect(performance.now() - started).toBeLessThan(15_000);
      expect(await log.health()).toMatchObject({ writable: false, problem: expect.stringContaining(harness.remedy) });
      await harness.repairDisk();
      await expect.poll(async () => (await log.health()).writable).toBe(true);
      await log.append([tallied('b')]);
      expect(keys((await log.read('shop', startOffset, all)).records)).toEqual(['a', 'b']);
      // The failed append may be stored later, and is counted once.
      expect(await log.getConsentCounts('shop', 0, late * 2)).toEqual([{ ...tally, events: 2 }]);
    });

    it('trim removes records and keys up to an offset, in one partition only', async () => {
      const appended = await log.append([record('shop', 'a'), record('shop', 'b'), record('other', 'a')]);
      const [first] = appended;
      await log.trim('shop', first && 'offset' in first ? first.offset : '');
      expect(keys((await log.read('shop', startOffset, all)).records)).toEqual(['b']);
      expect(keys((await log.read('other', startOffset, all)).records)).toEqual(['a']);
      const [third] = await log.append([record('shop', 'a')]);
      const [, second] = appended;
      expect(third && 'offset' in third && second && 'offset' in second && third.offset > second.offset).toBe(true);
    });

    it('ensureOffsetsAfter makes later offsets greater than a known one, also after a restart', async () => {
      const [appended] = await log.append([record('shop', 'a')]);
      const first = appended && 'offset' in appended ? appended.offset : '';
      const known = String(Number(first) + 900).padStart(first.length, '0');
      expect(await log.ensureOffsetsAfter(known)).toBe(first);
      await harness.crash();
      log = await harness.open();
      expect(await log.ensureOffsetsAfter(first)).toBe(known);
      const [next] = await log.append([record('shop', 'b')]);
      expect(next && 'offset' in next && next.offset > known).toBe(true);
    });

    it('a read ends at its bounds but returns at least one record, so that a cursor always advances', async () => {
      const big = `{"v":1,"fill":"${'x'.repeat(500)}"}`;
      await log.append([record('shop', 'a', big), record('shop', 'b', big), record('shop', 'c', big)]);
      expect(keys((await log.read('shop', startOffset, { records: 2, bytes: 1e9 })).records)).toEqual(['a', 'b']);
      const page = await log.read('shop', startOffset, { records: 100, bytes: 10 });
      expect(keys(page.records)).toEqual(['a']);
      expect(keys((await log.read('shop', page.lastOffset, { records: 100, bytes: 1_100 })).records)).toEqual(['b', 'c']);
      expect((await log.read('shop', 'x'.repeat(0), { records: 0, bytes: 0 })).records).toEqual([]);
    });

    it('get returns single records, latest the newest, and heads each partition that has records', async () => {
      const appended = await log.append(['a', 'b', 'c', 'd'].map((key) => record('shop', key)));
      const offsets = appended.map((one) => ('offset' in one ? one.offset : ''));
      const requested = [offsets[3] ?? '', offsets[1] ?? ''];
      expect(keys(await log.get('shop', requested))).toEqual(['b', 'd']);
      expect(await log.get('other', requested)).toEqual([]);
      expect(keys((await log.latest('shop', 2)).records)).toEqual(['c', 'd']);
      expect(keys((await log.latest('shop', 2, offsets[2])).records)).toEqual(['a', 'b']);
      expect(keys((await log.latest('shop', 2, offsets[1])).records)).toEqual(['a']);
      expect(await log.latest('shop', 2, startOffset)).toEqual({ records: [], lastOffset: startOffset });
      await log.append([record('other', 'z')]);
      expect([...(await log.heads()).keys()].sort()).toEqual(['other', 'shop']);
      expect((await log.heads()).get('shop')).toBe(offsets[3]);
      await harness.crash();
      log = await harness.open();
      expect((await log.heads()).get('shop')).toBe(offsets[3]);
    });

    it('count counts the records between two offsets, without other partitions and excluded keys', async () => {
      const appended = await log.append(['a', '$b', 'c', 'd$', '$e'].map((key) => record('shop', key)));
      const [first = '', , , , last = ''] = appended.map((one) => ('offset' in one ? one.offset : ''));
      await log.append([record('other', 'z')]);
      await log.redact('shop', [first]);
      expect(await log.count('shop', startOffset, last)).toBe(5);
      expect(await log.count('shop', startOffset, last, signalFree)).toBe(3);
      expect(await log.count('shop', first, last, signalFree)).toBe(2);
      expect(await log.count('shop', last, last)).toBe(0);
      expect(await log.count('shop', last, first)).toBe(0);
      expect(await log.count('nowhere', startOffset, last)).toBe(0);
    });

    it('count leaves out keys with more parts, unless they end with the suffix', async () => {
      const appended = await log.append(['a_1_b', 'a_2_b_ads', 'a_3_b_other', 'a_4_b_moreads'].map((key) => record('shop', key)));
      const last = appended.flatMap((one) => ('offset' in one ? [one.offset] : [])).at(-1) ?? '';
      const filter = { excludedPrefix: '$', separator: '_', maxSeparators: 2 };
      expect(await log.count('shop', startOffset, last, { ...filter, suffix: '_ads' })).toBe(2);
      expect(await log.count('shop', startOffset, last, { ...filter, suffix: '_' })).toBe(1);
    });

    it('count counts more records than one query covers', async () => {
      for (let from = 0; from < 12_000; from += 4_000)
        await log.append(Array.from({ length: 4_000 }, (_, index) => record('shop', `${index % 2 ? '$' : ''}k${from + index}`)));
      const end = (await log.heads()).get('shop') ?? '';
      expect(await log.count('shop', startOffset, end)).toBe(12_000);
      expect(await log.count('shop', startOffset, end, signalFree)).toBe(6_000);
    });

    describe('counts of consent', () => {
      const first = late - (late % hourMs) + 10 * hourMs;
      const read = (since = first, until = first + 9 * hourMs, site = 'shop') => log.getConsentCounts(site, since, until);
      beforeEach(() => harness.setTime(first + 1));

      it('an append counts each new record once, by site, hour, banner, country and choice', async () => {
        await log.append([tallied('a'), tallied('b'), record('shop', 'c'), tallied('a', {}, 'other')]);
        await log.append([tallied('a', { country: 'FR' }), tallied('d', { choice: 'denied', country: '' }), tallied('d')]);
        expect(await read()).toHaveLength(2);
        expect(await read()).toEqual(
          expect.arrayContaining([
            { ...tally, events: 2 },
            { ...tally, choice: 'denied', country: '', events: 1 },
          ]),
        );
        expect(await read(first, first + hourMs, 'other')).toEqual([{ ...tally, events: 1 }]);
        harness.setTime(first + 40 * 24 * hourMs);
        await log.append([tallied('later')]);
        expect(await read(first, first + 41 * 24 * hourMs)).toContainEqual({ ...tally, events: 3 });
        expect(await read(first + hourMs, first + 39 * 24 * hourMs)).toEqual([]);
        expect(await log.getConsentCountingStart()).toBe(0);
      });

      it('a crash loses no count of an append that resolved, and a repeat after it counts nothing', async () => {
        await Promise.all(Array.from({ length: 30 }, (_, index) => log.append([tallied(`k${index % 20}`)])));
        await harness.crash();
        log = await harness.open();
        await log.append(Array.from({ length: 20 }, (_, index) => tallied(`k${index}`)));
        expect(await read()).toEqual([{ ...tally, events: 20 }]);
      });

      it('an hour keeps a bounded number of versions, and counts further ones without', async () => {
        const versions = Array.from({ length: maxBannerVersions + 9 }, (_, index) =>
          tallied(`v${index}`, { version: `v${index}` }),
        );
        await log.append(versions.slice(0, 40));
        await log.append(versions.slice(40));
        const counted = await read();
        expect(counted).toHaveLength(maxBannerVersions + 1);
        expect(counted).toContainEqual({ ...tally, version: '', events: 9 });
        await log.append([tallied('again', { version: 'v0' }), tallied('of-a-call', { source: 'call', version: 'new' })]);
        expect(await read()).toContainEqual({ ...tally, version: 'v0', events: 2 });
        expect(await read(), 'each source has its own versions').toContainEqual({
          ...tally,
          source: 'call',
          version: 'new',
          events: 1,
        });
        await log.append(versions.map((one) => ({ ...one, partition: 'other' })));
        expect(await read(first, first + hourMs, 'other'), 'one append').toHaveLength(maxBannerVersions + 1);
      });

      it('a read names the most frequent versions of some days, and adds up the others', async () => {
        const hours = maxVersionsRead / maxBannerVersions + 1;
        for (let hour = 0; hour < hours; hour += 1) {
          harness.setTime(first + hour * hourMs + 1);
          const isRare = hour === hours - 1;
          const versions = Array.from({ length: maxBannerVersions }, (_, index) => `v${hour}-${index}`);
          const keys = isRare ? ['once'] : ['once', 'twice'];
          await log.append(keys.flatMap((key) => versions.map((version) => tallied(`${version} ${key}`, { version }))));
        }
        const counted = await read();
        expect(counted).toHaveLength(maxVersionsRead + 1);
        expect(counted).toContainEqual({ ...tally, version: 'v0-0', events: 2 });
        expect(counted).toContainEqual({ ...tally, version: otherVersions, events: maxBannerVersions });
        expect(counted.reduce((sum, { events }) => sum + events, 0)).toBe((2 * hours - 1) * maxBannerVersions);
      });

      it('an append goes on when the tables of counts are faulty, and the hour is not counted as whole', async () => {
        await log.append([tallied('a')]);
        expect(await log.getConsentCountingStart()).toBe(0);
        await harness.breakCounts(true);
        const missed = await log.append([tallied('b', { version: 'new' }), record('shop', 'c'), tallied('a')]);
        expect(missed).toEqual([{ offset: expect.any(String) }, { offset: expect.any(String) }, { duplicate: true }]);
        expect(await log.health()).toMatchObject({ writable: true });
        await expect(read()).rejects.toThrow();
        expect(await log.getConsentCountingStart()).toBe(first + hourMs);
        await harness.breakCounts(false);
        harness.setTime(first + hourMs);
        await log.append([tallied('d')]);
        expect(keys((await log.read('shop', startOffset, all)).records)).toEqual(['a', 'b', 'c', 'd']);
        expect(await read()).toEqual([{ ...tally, events: 2 }]);
        expect(await log.getConsentCountingStart()).toBe(first + hourMs);
      });

      it('each site with counts is listed', async () => {
        expect(await log.listConsentSites()).toEqual([]);
        await log.append([tallied('a', {}, 'b'), tallied('a', {}, 'a'), tallied('b', { country: 'FR' }, 'a'), record('c', 'a')]);
        expect(await log.listConsentSites()).toEqual(['a', 'b']);
      });

      it('old buckets of a site are removed in parts', async () => {
        await log.append([tallied('a'), tallied('b', { choice: 'denied' }), tallied('a', {}, 'other')]);
        harness.setTime(first + hourMs);
        await log.append([tallied('c')]);
        expect(await log.removeConsentCounts('shop', first + hourMs, 1)).toBe(1);
        expect(await log.removeConsentCounts('shop', first + hourMs, 9)).toBe(1);
        expect(await log.removeConsentCounts('shop', first + hourMs, 9)).toBe(0);
        expect(await read()).toEqual([{ ...tally, events: 1 }]);
        expect(await read(first, first + hourMs, 'other')).toHaveLength(1);
      });
    });

    it('findTime finds the first record at or after an offset, also a redacted one', async () => {
      const offsets: string[] = [];
      for (const time of [1_000, 2_000]) {
        harness.setTime(late + time);
        const [appended] = await log.append([record('shop', `at-${time}`), record('other', `at-${time}`)]);
        offsets.push(appended && 'offset' in appended ? appended.offset : '');
      }
      const [first = '', last = ''] = offsets;
      await log.redact('shop', [first]);
      expect(await log.findTime('shop', startOffset)).toEqual({ offset: first, at: late + 1_000 });
      expect(await log.findTime('shop', first)).toEqual({ offset: first, at: late + 1_000 });
      expect(await log.findTime('shop', last)).toEqual({ offset: last, at: late + 2_000 });
      expect(await log.findTime('nowhere', startOffset)).toBeUndefined();
    });

    it('findOffsetAt finds the last offset before a time, also when the clock stepped back', async () => {
      const offsets: string[] = [];
      for (const time of [1_000, 2_000, 1_500, 3_000]) {
        harness.setTime(late + time);
        const [appended] = await log.append([record('shop', `at-${time}`), record('other', `at-${time}`)]);
        offsets.push(appended && 'offset' in appended ? appended.offset : '');
      }
      expect(await log.findOffsetAt('shop', new Date(late + 1_000))).toBe(startOffset);
      expect(await log.findOffsetAt('shop', new Date(late + 1_001))).toBe(offsets[0]);
      expect(await log.findOffsetAt('shop', new Date(late + 2_001))).toBe(offsets[2]);
      expect(await log.findOffsetAt('shop', new Date(late + 9_999))).toBe(offsets[3]);
      expect(await log.findOffsetAt('nowhere', new Date(late + 9_999))).toBe(startOffset);
    });
  });
}
