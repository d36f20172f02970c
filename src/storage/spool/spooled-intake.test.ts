import { beforeEach, describe, expect, it } from 'vitest';
import { createSteppedClock, type SteppedClock } from '../../clock/stepped-clock.ts';
import { dayMs } from '../../event/units.ts';
import { createLogger } from '../../logger.ts';
import { clientMaxAgeMs } from '../../visitors/profile-lifetimes.ts';
import type { LogRecord, NewRecord } from '../log/event-log.ts';
import { LogUnavailableError, RecordRefusedError } from '../log/event-log.ts';
import { toOffset } from '../log/offsets.ts';
import { DatabaseOutage } from '../log/postgres/database-outage.ts';
import { Spool, type SpoolLog } from './spool.ts';
import { SpooledIntake } from './spooled-intake.ts';

const start = Date.UTC(2026, 10, 25);

/** An event log in memory that can be away. */
class MemoryLog implements SpoolLog {
  readonly records: (LogRecord & Pick<NewRecord, 'partition' | 'tally'>)[] = [];
  problem: string | undefined;
  /** Set to accept records, and to fail as if the reply were lost. */
  losesReplies = false;
  purges = 0;
  readonly #now: () => number;
  #last = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  async append(records: readonly NewRecord[]) {
    if (this.problem !== undefined) throw new LogUnavailableError(this.problem);
    if (records.some(({ key }) => key === 'refused')) throw new RecordRefusedError('invalid value');
    const results = records.map(({ partition, key, bytes, tally }) => {
      if (this.records.some((one) => one.partition === partition && one.key === key)) return { duplicate: true } as const;
      this.#last += 1;
      const offset = toOffset(this.#last);
      this.records.push({ partition, offset, key, at: this.#now(), body: { bytes }, ...(tally && { tally }) });
      return { offset };
    });
    if (this.losesReplies) throw new LogUnavailableError('no reply within 5000 ms');
    return results;
  }
  async read(partition: string, after: string, max: { readonly records: number }) {
    const records = this.records.filter((one) => one.partition === partition && one.offset > after).slice(0, max.records);
    return { records, lastOffset: records.at(-1)?.offset ?? after };
  }
  async heads() {
    return new Map(this.records.map(({ partition, offset }) => [partition, offset]));
  }
  async count(partition: string, after: string, through: string) {
    return this.records.filter((one) => one.partition === partition && one.offset > after && one.offset <= through).length;
  }
  async findOffsetAt(partition: string, at: Date) {
    return this.records.findLast((one) => one.partition === partition && one.at < at.getTime())?.offset ?? '';
  }
  async trim(partition: string, through: string) {
    const kept = this.records.filter((one) => one.partition !== partition || one.offset > through);
    this.records.splice(0, this.records.length, ...kept);
  }
  async purge() {
    this.purges += 1;
  }
  async reclaimDiskSpace() {
    return false;
  }
  async health() {
    return {
      writable: this.problem === undefined,
      ...(this.problem !== undefined && { problem: this.problem }),
      records: 0,
      bytes: 0,
    };
  }
  async close() {}
}

describe('the intake with a spool', () => {
  let clock: SteppedClock;
  let database: MemoryLog;
  let file: MemoryLog;
  let lines: [string, object][];
  let reports: boolean[];
  let sweptAt: number;
  beforeEach(() => {
    clock = createSteppedClock(start);
    database = new MemoryLog(() => clock.now());
    file = new MemoryLog(() => clock.now());
    lines = [];
    reports = [];
    sweptAt = start;
  });

  const record = (key: string, partition = 'shop'): NewRecord => ({
    partition,
    key,
    bytes: Buffer.from(`{"v":1,"key":"${key}"}`),
  });
  const listKeys = (log: MemoryLog, partition = 'shop') =>
    log.records.filter((one) => one.partition === partition).map(({ key }) => key);
  const noteLine = (line: string) => {
    const { level: _level, time: _time, msg, ...fields } = JSON.parse(line);
    lines.push([msg, fields]);
  };

  async function startIntake() {
    const spool = await Spool.open(file, clock);
    const logger = createLogger('info', { write: noteLine });
    const intake = new SpooledIntake({
      log: database,
      spool,
      getExpiry: async () => sweptAt - clientMaxAgeMs,
      report: async ({ records }) => void reports.push(records === 0),
      onFault: () => {},
      outage: new DatabaseOutage({ logger, monotonic: () => clock.now() }),
      clock,
      logger,
    });
    await intake.start();
    await pass(0);
    return { intake, spool };
  }

  /** Lets time pass, and the work end that it begins. */
  async function pass(ms: number) {
    clock.moveTo(clock.now() + ms);
    await new Promise((resolve) => setImmediate(resolve));
  }

  it('acknowledges events from the spool while the database is away, and forwards them in order when it is back', async () => {
    const { intake, spool } = await startIntake();
    expect(await intake.health()).toEqual({ writable: true, appendsTo: 'database' });
    await intake.append([record('a')]);
    database.problem = 'connection refused';
    for (const key of ['b', 'c']) expect(await intake.append([record(key)])).toEqual([{ offset: expect.any(String) }]);
    await intake.append([record('x', 'other')]);
    expect(await intake.append([record('b')])).toEqual([{ duplicate: true }]);
    expect(await intake.health()).toEqual({ writable: true, appendsTo: 'spool' });
    await pass(1_000);
    expect([listKeys(database), listKeys(file)]).toEqual([['a'], ['b', 'c']]);
    expect(spool.getState()).toEqual({ records: 3, forMs: 1_000 });

    database.problem = undefined;
    await pass(1_000);
    expect([listKeys(database), listKeys(database, 'other'), file.records]).toEqual([['a', 'b', 'c'], ['x'], []]);
    expect(await intake.health()).toEqual({ writable: true, appendsTo: 'database' });
    expect(file.purges).toBeGreaterThan(0);
    expect(lines).toEqual([
      ['database away', { problem: 'connection refused' }],
      ['database back', { spooled: 3 }],
      ['spool forwarded', { forwarded: 3, duplicates: 0, lost: 0 }],
    ]);
  });

  it('lets the database count a spooled event, and not the spool, by what the event may keep', async () => {
    const { intake } = await startIntake();
    const event = {
      v: 1,
      site: 'shop',
      reporter: 'browser',
      bot: false,
      consent: { stated: 'denied', source: 'tcf' },
      identity: {},
      page: {},
    };
    const tally = { country: 'DE', source: 'tcf', version: '28.134', choice: 'denied' } as const;
    const report = (name: string) => ({ ...record(name), bytes: Buffer.from(JSON.stringify({ ...event, name })), tally });
    await intake.append([report('PageView')]);
    database.problem = 'connection refused';
    await intake.append([report('Lead'), report('$consent'), { ...report('Lead'), partition: 'shop!rejected' }]);
    expect(file.records.map((one) => one.tally)).toEqual([undefined, undefined, undefined]);
    database.problem = undefined;
    await pass(1_000);
    expect(database.records.map(({ key, partition, tally: counted }) => [partition, key, counted])).toEqual([
      ['shop', 'PageView', tally],
      ['shop', 'Lead', { ...tally, country: '', version: '' }],
      ['shop', '$consent', undefined],
      ['shop!rejected', 'Lead', undefined],
    ]);
  });

  it('asks a database that is away once a second, and not for each event', async () => {
    const { intake } = await startIntake();
    database.problem = 'connection refused';
    await pass(1_000);
    database.problem = undefined;
    await intake.append([record('a')]);
    expect([listKeys(database), listKeys(file)]).toEqual([[], ['a']]);
  });

  it('stores an event once when its reply was lost', async () => {
    const { intake } = await startIntake();
    database.losesReplies = true;
    expect(await intake.append([record('a')])).toEqual([{ offset: expect.any(String) }]);
    database.losesReplies = false;
    await pass(1_000);
    expect([listKeys(database), file.records]).toEqual([['a'], []]);
    expect(lines.at(-1)).toEqual(['spool forwarded', { forwarded: 0, duplicates: 1, lost: 0 }]);
  });

  it('forwards an event whose append to the spool failed and was stored all the same', async () => {
    const { intake, spool } = await startIntake();
    database.problem = 'gone';
    file.losesReplies = true;
    file.heads = async () => new Map();
    await expect(intake.append([record('a')])).rejects.toBeInstanceOf(LogUnavailableError);
    file.losesReplies = false;
    expect(await intake.append([record('a')])).toEqual([{ duplicate: true }]);
    expect(spool.getState().records).toBe(1);
    database.problem = undefined;
    await pass(1_000);
    expect([listKeys(database), file.records, spool.getState()]).toEqual([['a'], [], { records: 0, forMs: 0 }]);
  });

  it('is not empty after a failed append until the spool writes again', async () => {
    const { intake, spool } = await startIntake();
    database.problem = 'gone';
    file.problem = 'The disk is full';
    await expect(intake.append([record('a')])).rejects.toBeInstanceOf(LogUnavailableError);
    database.problem = undefined;
    await pass(1_000);
    expect([await intake.health(), spool.getState().records]).toEqual([{ writable: true, appendsTo: 'database' }, 1]);
    file.problem = undefined;
    await pass(1_000);
    expect([spool.getState().records, reports.at(-1)]).toEqual([0, true]);
    expect(lines.map(([name]) => name)).toEqual(['database away', 'database back']);
  });

  it('stays in the same outage while the health check succeeds and each append fails', async () => {
    const { intake } = await startIntake();
    database.append = () => Promise.reject(new LogUnavailableError('could not extend file'));
    for (let seconds = 0; seconds < 60; seconds += 1) {
      await intake.append([record(`k${seconds}`)]);
      await pass(1_000);
    }
    expect(lines.map(([name]) => name)).toEqual(['database away']);
  });

  it('forwards what an earlier process left, after it has reported it', async () => {
    const keys = Array.from({ length: 1_200 }, (_, index) => `k${index}`);
    await file.append(keys.map((key) => record(key)));
    await startIntake();
    await pass(1_000);
    expect([listKeys(database), file.records]).toEqual([keys, []]);
    expect([reports[0], reports.at(-1)]).toEqual([false, true]);
  });

  it('refuses events when neither database nor spool accepts them, with both reasons', async () => {
    const { intake } = await startIntake();
    database.problem = 'The database is read-only';
    file.problem = 'The disk is full';
    await expect(intake.append([record('a')])).rejects.toBeInstanceOf(LogUnavailableError);
    expect(await intake.health()).toEqual({
      writable: false,
      appendsTo: 'spool',
      problem: expect.stringMatching(/read-only.*disk is full/),
    });
  });

  it('does not leave the database for an event that it refuses', async () => {
    const { intake } = await startIntake();
    await expect(intake.append([record('refused')])).rejects.toBeInstanceOf(LogUnavailableError);
    expect([file.records, await intake.health()]).toEqual([[], { writable: true, appendsTo: 'database' }]);
  });

  it('forwards the others when a spooled event is refused, damaged or expired, and logs the loss', async () => {
    clock = createSteppedClock(start - 9 * dayMs);
    await file.append([record('old')]);
    clock = createSteppedClock(start);
    await file.append([record('a')]);
    file.records.push(
      { partition: 'shop', offset: toOffset(7), key: 'damaged', at: start, body: { corrupt: true, raw: Buffer.from('?') } },
      { partition: 'shop', offset: toOffset(8), key: 'refused', at: start, body: { bytes: Buffer.from('{}') } },
      { partition: 'shop', offset: toOffset(9), key: 'z', at: start, body: { bytes: Buffer.from('{}') } },
    );
    const { spool } = await startIntake();
    expect([listKeys(database), file.records]).toEqual([['a', 'z'], []]);
    expect(spool.getTotals()).toEqual({ forwarded: 2, lost: 3 });
    expect(lines.filter(([name]) => name === 'spooled records lost')).toEqual([
      ['spooled records lost', { site: 'shop', expired: 1, damaged: 1 }],
      ['spooled records lost', { site: 'shop', refused: 1 }],
    ]);
  });

  it('stays with the database when the disk of the spool keeps forwarded records', async () => {
    await file.append([record('a')]);
    const trim = file.trim.bind(file);
    file.trim = () => Promise.reject(new LogUnavailableError('no reply from the disk'));
    const { intake, spool } = await startIntake();
    await intake.append([record('b')]);
    expect([listKeys(database), listKeys(file)]).toEqual([['a', 'b'], ['a']]);
    expect(await intake.health()).toEqual({ writable: true, appendsTo: 'database' });
    file.trim = trim;
    await pass(1_000);
    expect([file.records, spool.getState().records]).toEqual([[], 0]);
  });

  it('keeps the rest in the spool when the database goes away again', async () => {
    const keys = Array.from({ length: 700 }, (_, index) => `k${index}`);
    await file.append(keys.map((key) => record(key)));
    const append = database.append.bind(database);
    database.append = async (records) => {
      if (database.records.length > 0) database.problem = 'gone';
      return append(records);
    };
    const { spool } = await startIntake();
    expect([database.records.length, spool.getState().records]).toEqual([500, 200]);
    database.append = append;
    database.problem = undefined;
    await pass(1_000);
    expect([listKeys(database), file.records]).toEqual([keys, []]);
  });

  it('removes expired events while the database stays away', async () => {
    const { intake, spool } = await startIntake();
    database.problem = 'gone';
    await intake.append([record('old'), record('x', 'other')]);
    clock.moveTo(start + 7 * dayMs);
    await intake.append([record('new')]);
    expect(await spool.removeBefore(start + dayMs)).toBe(2);
    expect(spool.getTotals()).toEqual({ forwarded: 0, lost: 2 });
    expect([listKeys(file), spool.getState().records]).toEqual([['new'], 1]);
    // Removed events leave copies in the file.
    await spool.removeBefore(clock.now() + 1);
    const { purges } = file;
    database.problem = undefined;
    await pass(1_000);
    expect(file.purges).toBe(purges + 1);
  });
});
