import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { hourMs } from '../../src/event/units.ts';
import { sha256 } from '../../src/identity/hashing.ts';
import { normalizeEmail, normalizePhone, parsePhone } from '../../src/identity/normal-forms.ts';
import { emptyProfile } from '../../src/visitors/empty-profile.ts';
import {
  clickNames,
  createLargeProfile,
  encodeEarlierProfile,
  storeEarlierProfile,
} from '../../src/visitors/large-profile.fixture.ts';
import { encodeProfile, maxProfileBytes } from '../../src/visitors/profile-encoding.ts';
import { mergeProfiles, type VisitorProfile } from '../../src/visitors/visitor-profile.ts';
import { convey } from '../cli.fixture.ts';
import {
  eventually,
  type Folder,
  makeFolder,
  post,
  type RunningGateway,
  root,
  startGatewayProcess,
  startSink,
} from '../gateway.fixture.ts';
import { startLocalGateway } from '../paced-gateway.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { readLongestTurnMs } from './loop-watch.ts';

const visitors = pickByScale({ part: 400, whole: 3_000, nightly: 8_000 });
const identifyingEvents = pickByScale({ part: 200, whole: 3_000, nightly: 8_000 });
const builtVisitors = pickByScale({ part: 25, whole: 200, nightly: 1_000 });
const heapMb = 256;
const maxTurnMs = 250;
const maxGrowthMb = 128;
const timeoutMs = 120_000;

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const consent = { adStorage: 'granted', source: 'server', explicit: true };

/** Builds an event that identifies eight visitors: by order, customer id, and each form of e-mail address and phone number. */
function buildIdentifyingEvent(index: number) {
  return {
    id: `naming-${index}`,
    name: 'Lead',
    consent,
    user: {
      email: `u.${index}+tag@shop.example`,
      phone: formatPhone(index),
      emailSha256: sha256(`email ${index}`),
      phoneSha256: sha256(`phone ${index}`),
      externalId: `customer-${index}`,
    },
    commerce: { orderId: `order-${index}` },
  };
}

const formatPhone = (index: number) => `+1425${String(5_550_000 + index)}`;

/**
 * Returns the link keys of these events by visitor: the eight keys of an event belong to eight successive visitors. The keys are stored as
 * reported by the shop, so that the profiles enrich these events.
 */
function getKeysByVisitor(): ReadonlyMap<number, readonly string[]> {
  const keys = Array.from({ length: identifyingEvents }, (_, index) => {
    const phone = parsePhone(formatPhone(index));
    const { emailMicrosoft, emailPlain } = normalizeEmail(`u.${index}+tag@shop.example`) ?? {};
    const { phoneE164, phoneDigits } = phone ? normalizePhone(phone) : {};
    return [
      `order:order-${index}`,
      `external-id:${sha256(`customer-${index}`)}`,
      ...[emailMicrosoft, emailPlain, sha256(`email ${index}`)].map((hash) => `email:${hash}`),
      ...[phoneE164, phoneDigits, sha256(`phone ${index}`)].map((hash) => `phone:${hash}`),
    ];
  });
  return Map.groupBy(keys.flat(), (_, at) => at % visitors);
}

/** Stores large profiles in the encoding of an earlier or of the present version, and resets the identity consumer to the start of the log. */
function storeLargeProfiles(folder: Folder, form: 'earlier' | 'present'): void {
  const file = join(folder.dataDir, 'state.db');
  const at = Date.now() - hourMs;
  const keys = getKeysByVisitor();
  const encode = (profile: VisitorProfile) =>
    form === 'earlier' ? encodeEarlierProfile(profile) : encodeProfile(mergeProfiles(profile, emptyProfile));
  for (let from = 0; from < visitors; from += 100)
    storeEarlierProfile(
      file,
      'shop',
      Array.from({ length: Math.min(100, visitors - from) }, (_, index) => ({
        visitor: `large-${from + index}`,
        text: encode(createLargeProfile(`large-${from + index}`, at)),
        keys: (keys.get(from + index) ?? []).flatMap((key) => [key, `shop/${key}`]),
      })),
      at,
    );
  withStateFile(folder, (db) => {
    for (const table of ['identity', 'primary_reports', 'duplicate_reports', 'event_index']) db.exec(`DELETE FROM ${table}`);
  });
}

function withStateFile<T>({ dataDir }: Folder, work: (db: Database.Database) => T): T {
  const db = new Database(join(dataDir, 'state.db'), { timeout: 10_000 });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** Returns the connection's state. Writing it back later makes the connection deliver the same events again. */
const readConnectionState = (folder: Folder) =>
  withStateFile(folder, (db) => db.prepare<[], string>('SELECT state FROM connections').pluck().get() ?? '');

function writeConnectionState(folder: Folder, state: string): void {
  withStateFile(folder, (db) => db.prepare('UPDATE connections SET state = ?').run(state));
}

/** Returns how many events the identity consumer has processed. */
const countIndexedEvents = (folder: Folder) =>
  withStateFile(folder, (db) => db.prepare<[], number>('SELECT count(*) FROM event_index').pluck().get() ?? 0);

const loopFile = ({ dir }: Folder) => join(dir, 'loop.txt');

function start(folder: Folder, config: string): Promise<RunningGateway> {
  const command = [
    process.execPath,
    `--max-old-space-size=${heapMb}`,
    '--import',
    join(root, 'test/faults/loop-watch.ts'),
  ] as const;
  return startGatewayProcess(config, { command, env: { CONVEY_LOOP_WATCH: loopFile(folder) } });
}

function readPeakMb(pid: number): number {
  const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1_024;
}

async function postAll(url: string, events: readonly unknown[]): Promise<void> {
  for (let from = 0; from < events.length; from += 200) await post(url, events.slice(from, from + 200));
}

describe('very large visitor profiles of an earlier version', () => {
  it('do not stop a gateway with unread events of these visitors, with the connection enabled or disabled', {
    timeout: 6 * timeoutMs + visitors * 200,
  }, async (context) => {
    const folder = makeFolder();
    const sink = await startSink();
    cleanups.push(folder.remove, sink.close);
    const bing = { site: 'shop', connection: 'bing' } as const;
    const setConnection = (action: 'pause' | 'resume') =>
      connectToGateway(folder)('POST /api/sites/:site/connections/:connection/:action', { ...bing, action });

    const config = folder.writeConfig(sink.url);
    const before = await start(folder, config);
    cleanups.push(before.kill);
    // The baseline: the same number of events that identify no large visitor.
    await postAll(
      before.url,
      Array.from({ length: 2 * identifyingEvents }, (_, index) => ({
        ...buildIdentifyingEvent(identifyingEvents + index),
        id: `plain-${index}`,
      })),
    );
    expect(await eventually(() => sink.events().length === 2 * identifyingEvents, timeoutMs)).toBe(true);
    const plainMb = readPeakMb(before.pid);
    await setConnection('pause');
    await postAll(
      before.url,
      Array.from({ length: identifyingEvents }, (_, index) => buildIdentifyingEvent(index)),
    );
    expect(await eventually(() => countIndexedEvents(folder) === 3 * identifyingEvents, timeoutMs)).toBe(true);
    await before.stop();

    const results = { earlier: { blockedMs: 0, growthMb: 0 }, present: { blockedMs: 0, growthMb: 0 } };
    for (const form of ['earlier', 'present'] as const) {
      storeLargeProfiles(folder, form);
      const cursor = readConnectionState(folder);
      const gateway = await start(folder, config);
      cleanups.push(gateway.kill);
      const since = Date.now();
      const sent = sink.events().length;
      await setConnection('resume');
      expect(await eventually(() => sink.events().length === sent + identifyingEvents, timeoutMs)).toBe(true);
      expect(await eventually(() => countIndexedEvents(folder) === 3 * identifyingEvents, timeoutMs)).toBe(true);
      results[form] = { blockedMs: readLongestTurnMs(loopFile(folder), since), growthMb: readPeakMb(gateway.pid) - plainMb };
      await gateway.stop();
      writeConnectionState(folder, cursor);
    }
    const eventsWithClickId = sink.events().filter(({ eventId, userData }) => {
      return String(eventId).startsWith('naming-') && typeof userData === 'object' && userData !== null && 'msclkid' in userData;
    });

    storeLargeProfiles(folder, 'earlier');
    const disabledConfig = folder.writeConfig(sink.url, {
      site: {
        connections: [{ id: 'bing', destination: 'microsoft', enabled: false, settings: { tagId: '187012345', token: 't' } }],
      },
    });
    const disabled = await start(folder, disabledConfig);
    cleanups.push(disabled.kill);
    expect(await eventually(() => countIndexedEvents(folder) === 3 * identifyingEvents, timeoutMs)).toBe(true);
    await disabled.stop();

    addFaultRow(context, {
      fault: 'profiles',
      scenario: 'unread events identify visitors with large profiles',
      amount: `${visitors} visitors of 230 KB, 8 identified by each of ${identifyingEvents} events`,
      expected: `starts with ${heapMb} MB; longest turn under ${maxTurnMs} ms; growth under ${maxGrowthMb} MiB`,
      observed: Object.entries(results)
        .map(([form, { blockedMs, growthMb }]) => `${form}: ${Math.round(blockedMs)} ms, ${Math.round(growthMb)} MiB`)
        .join('; '),
    });
    expect(eventsWithClickId).toHaveLength(2 * identifyingEvents);
    expect(Math.max(results.earlier.blockedMs, results.present.blockedMs)).toBeLessThan(maxTurnMs);
    expect(results.present.growthMb).toBeLessThan(maxGrowthMb);
    // V8 enlarges its young generation while it parses many large texts. Retained memory does not grow.
    expect(results.earlier.growthMb).toBeLessThan(heapMb);
  });

  it('take at most 16 KiB each through the public interface, and an operator can drop them with and without a running gateway', {
    timeout: 2 * timeoutMs + builtVisitors * 500,
  }, async (context) => {
    const folder = makeFolder();
    const sink = await startSink();
    cleanups.push(folder.remove, sink.close);
    const config = folder.writeConfig(sink.url);
    const gateway = await start(folder, config);
    cleanups.push(gateway.kill);
    const since = Date.now();
    for (let visitor = 0; visitor < builtVisitors; visitor++) {
      const anonymousId = `reported-${visitor}`;
      await post(
        gateway.url,
        Array.from({ length: 64 }, (_, index) => ({
          id: `${anonymousId}-${index}`,
          name: 'ViewContent',
          time: since - index * 61_000,
          consent,
          user: {
            anonymousId,
            email: `u${index}@${anonymousId}.example`,
            phone: formatPhone(index),
            emailSha256: sha256(`email ${anonymousId} ${index}`),
            phoneSha256: sha256(`phone ${anonymousId} ${index}`),
            externalId: `${anonymousId} ${index}`,
          },
          clickIds: Object.fromEntries(
            index < 8
              ? clickNames.map((name) => [
                  name,
                  name === 'msclkid' ? sha256(`${visitor} ${index}`).slice(0, 32) : 'x'.repeat(511) + index,
                ])
              : [],
          ),
        })),
      );
    }
    expect(await eventually(() => countIndexedEvents(folder) === 64 * builtVisitors, timeoutMs)).toBe(true);
    const sizes = () =>
      withStateFile(folder, (db) =>
        db.prepare<[], number>('SELECT octet_length(profile) FROM visitor_profiles ORDER BY visitor').pluck().all(),
      );
    expect(sizes()).toHaveLength(builtVisitors);
    expect(Math.max(...sizes())).toBeLessThanOrEqual(maxProfileBytes);
    expect(Math.min(...sizes())).toBeGreaterThan(5_000);
    const blockedMs = readLongestTurnMs(loopFile(folder), since);

    const denial = {
      id: 'no',
      name: 'ViewContent',
      consent: { adStorage: 'denied', explicit: true },
      user: { anonymousId: 'reported-0' },
    };
    await post(gateway.url, [denial]);
    expect(await eventually(() => countIndexedEvents(folder) === 64 * builtVisitors + 1, timeoutMs)).toBe(true);
    const hasDenial = (visitor: string) =>
      withStateFile(folder, (db) =>
        db
          .prepare<[string], string>('SELECT profile FROM visitor_profiles WHERE visitor = ?')
          .pluck()
          .get(visitor)
          ?.includes('deniedAt'),
      );
    const drop = (...args: readonly string[]) => convey('visitors', 'drop', '--site', 'shop', '--config', config, ...args);

    const counted = await drop('--larger-than', '4KiB', '--dry-run');
    expect(counted.stdout).toMatch(
      new RegExp(`^${builtVisitors - 1} profiles of \\d+ KiB would be dropped\\. Nothing was dropped\\.`),
    );
    expect(await drop('--anonymous-id', 'reported-1')).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') });
    expect(await drop('--anonymous-id', 'reported-1', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 profile of/),
    });
    expect(gateway.output()).toContain('profiles dropped');
    await gateway.stop();

    const offline = await drop('--larger-than', '4KiB', '--yes', '--json');
    expect(JSON.parse(offline.stdout)).toMatchObject({ dryRun: false, profiles: builtVisitors - 2 });
    expect((await drop('--larger-than', '4KiB', '--yes')).stdout).toBe('No profile matches.\n');
    expect(sizes().filter((bytes) => bytes > 4_096)).toEqual([]);
    expect(hasDenial('reported-0')).toBe(true);
    expect(await drop('--larger-than', 'much')).toMatchObject({ code: 1, stderr: expect.stringContaining('64KiB') });
    expect(await drop()).toMatchObject({ code: 1, stderr: expect.stringContaining('--anonymous-id or --larger-than') });
    expect(await drop('--site', 'other', '--larger-than', '1B', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Name one of these with --site: shop'),
    });

    const restarted = await startLocalGateway(config);
    cleanups.push(restarted.stop);
    expect(countIndexedEvents(folder)).toBe(64 * builtVisitors + 1);
    addFaultRow(context, {
      fault: 'profiles',
      scenario: 'visitors report as many identifiers as possible',
      amount: `${builtVisitors} visitors, 64 persons and 144 click ids each`,
      expected: '16 KiB a visitor; dropped with and without a gateway, denials remain',
      observed: `longest turn ${Math.round(blockedMs)} ms`,
    });
  });
});
