import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { minuteMs } from '../../src/event/units.ts';
import { startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { salvageStore } from '../../src/storage/recovery/salvage-store.ts';
import { openWithoutMigrating } from '../../src/storage/sqlite/open.ts';
import { endRestoredSessions } from '../../src/storage/store/sqlite/restored-access.ts';
import { openSqliteStore } from '../../src/storage/store/sqlite/sqlite-store.ts';
import { eventually, type Folder, makeFolder, post, purchase, root } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { addFaultRow } from './fault-scale.ts';

const fixture = join(root, 'test/fixtures/data-folder-of-90c511e');
const ids = z.array(z.string());
const expected = z
  .object({
    madeAt: z.coerce.date(),
    tags: z.object({ bing: z.string(), second: z.string(), made: z.string() }),
    accepted: z.object({ shop: ids, made: ids }),
    taken: z.record(z.string(), ids),
    openAttempts: z.array(z.object({ tagId: z.string(), sha256: z.string() })),
    deadLetters: ids,
    secretKeys: z.object({ shop: z.string(), made: z.string() }),
    account: z.object({ name: z.string(), password: z.string() }),
  })
  .parse(JSON.parse(readFileSync(join(fixture, 'expected.json'), 'utf8')));
const { tags, accepted, deadLetters } = expected;
/** Start of the test's clock and of the gateway. */
const startAt = expected.madeAt.getTime() + minuteMs;

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

function copyFixture(): Folder {
  const folder = makeFolder();
  cleanups.push(folder.remove);
  mkdirSync(folder.dataDir, { mode: 0o700 });
  for (const name of ['log.db', 'state.db', 'secrets.key']) {
    copyFileSync(join(fixture, name), join(folder.dataDir, name));
    chmodSync(join(folder.dataDir, name), 0o600);
  }
  return folder;
}

const subtract = (all: readonly string[], ...some: readonly (readonly string[])[]) =>
  all.filter((id) => !some.some((list) => list.includes(id)));
const requestSchema = z.object({
  data: z.array(z.object({ eventId: z.string(), userData: z.object({ anonymousId: z.string().optional() }) })),
});

const tagVisitor = '9ccda220f5b311efb7e7611f6b0a02aa';

/** Gives the visitors of a site an id of Microsoft's tag, as the version of the folder stored it. */
function addTagVisitor({ dataDir }: Folder, site: string): void {
  const db = new Database(join(dataDir, 'state.db'));
  const uetVids = [{ at: expected.madeAt.getTime(), by: tagVisitor, value: tagVisitor }];
  db.prepare("UPDATE facts SET facts = json_set(facts, '$.uetVids', json(?)) WHERE site = ?").run(JSON.stringify(uetVids), site);
  db.close();
}

it("today's gateway delivers everything of a data folder of an earlier version once, and keeps its sites and accounts", {
  timeout: 120_000,
}, async (context) => {
  const folder = copyFixture();
  addTagVisitor(folder, 'made');
  const clock = createPacedClock();
  clock.jump(startAt - Date.now());
  const microsoft = await startMicrosoftSimulator({ port: 0, now: clock.now });
  cleanups.push(() => microsoft.close());
  const connection = (id: string, tagId: string) => {
    return { id, destination: 'microsoft', settings: { tagId, token: 'good-token', endpoint: microsoft.url } };
  };
  const connections = [connection('bing', tags.bing), connection('second', tags.second)];
  const gateway = await startPacedGateway(
    folder.writeConfig(microsoft.url, { site: { purchaseHoldSeconds: 600, connections } }),
    clock,
  );
  cleanups.push(gateway.stop);

  const requests = (tagId: string) => microsoft.journal().filter((request) => request.tagId === tagId && request.status === 200);
  const delivered = (tagId: string) =>
    requests(tagId)
      .flatMap(({ body }) => requestSchema.parse(body).data.map(({ eventId }) => eventId))
      .toSorted();
  const getDeliveredBefore = (tagId: string) => expected.taken[tagId] ?? [];
  const remaining = {
    bing: subtract(accepted.shop, getDeliveredBefore(tags.bing)).toSorted(),
    second: subtract(accepted.shop, getDeliveredBefore(tags.second), deadLetters).toSorted(),
    made: subtract(accepted.made, getDeliveredBefore(tags.made)).toSorted(),
  };
  // Shortens the holds of ten minutes and the waits after failures.
  clock.pace(60);
  const isDone = () =>
    (['bing', 'second', 'made'] as const).every((name) => delivered(tags[name]).length >= remaining[name].length);
  await eventually(isDone, 60_000);
  for (const name of ['bing', 'second', 'made'] as const) expect(delivered(tags[name]), name).toEqual(remaining[name]);

  // The journal stores the parsed body. The gateway serializes with `JSON.stringify`, so the same bytes result.
  const digests = (tagId: string) =>
    requests(tagId).map(({ body }) => createHash('sha256').update(JSON.stringify(body)).digest('hex'));
  for (const { tagId, sha256 } of expected.openAttempts) expect(digests(tagId)).toContain(sha256);

  // The dead letters can be retried.
  const parameters = { site: 'shop', connection: 'second' };
  await gateway.callApi('POST /api/sites/:site/connections/:connection/dead-letters/retry', parameters, { all: true });
  expect(await eventually(() => delivered(tags.second).length > remaining.second.length + 1)).toBe(true);
  expect(delivered(tags.second)).toEqual([...remaining.second, ...deadLetters].toSorted());

  // The dashboard's site and the accounts work.
  const sites = await gateway.callApi('GET /api/sites', {});
  expect(sites.map(({ id }) => id).toSorted()).toEqual(['made', 'shop']);
  clock.pace(1);
  await post(gateway.url, [purchase('made-new', { name: 'Lead' })], expected.secretKeys.made);
  expect(await eventually(() => delivered(tags.made).includes('made-new'))).toBe(true);
  // The visitor of an earlier profile keeps the id that Microsoft's tag gave it.
  const sent = requests(tags.made).flatMap(({ body }) => requestSchema.parse(body).data);
  expect(sent.find(({ eventId }) => eventId === 'made-new')?.userData.anonymousId).toBe(tagVisitor);
  const signIn = await fetch(`${gateway.dashboardUrl}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'convey-request': '1' },
    body: JSON.stringify(expected.account),
  });
  expect(signIn.status).toBeLessThan(300);
  expect((await gateway.callApi('GET /api/accounts', {})).map(({ name, role, sites }) => [name, role, sites])).toEqual([
    ['ada', 'owner', []],
    ['vic', 'viewer', []],
  ]);
  expect(gateway.lines.filter(({ level }) => level === 'error')).toEqual([]);
  addFaultRow(context, {
    fault: 'F19',
    scenario: "today's version on a data folder of 90c511e with open attempts, holds, a bisection, a backlog and dead letters",
    amount: '1 start',
    expected: 'everything is delivered once',
    observed: `${remaining.bing.length + remaining.second.length + remaining.made.length + deadLetters.length} events delivered, none lost, none twice`,
  });
});

it('the store reads every kind of row that an earlier version wrote', async () => {
  const folder = copyFixture();
  const store = await openSqliteStore(join(folder.dataDir, 'state.db'), { now: () => startAt });
  cleanups.push(() => store.close());
  const getDeferralReasons = async (consumer: string) => {
    const offsets = await store.listDeferredUpTo(consumer, '~', 100);
    return (await store.getDeferredDeliveries(consumer, offsets)).map(({ reason }) => reason);
  };
  expect(await getDeferralReasons('shop/bing')).toEqual(['hold']);
  expect(await getDeferralReasons('shop/second')).toEqual(['hold', 'retry', 'retry', 'retry', 'bisect', 'bisect', 'bisect']);
  expect(await store.findDueDeliveries('shop/second', startAt, 100)).toHaveLength(3);

  const letters = await store.listDeadLetters('shop/second', 100);
  expect(letters.map(({ eventId, cause }) => [eventId, cause])).toEqual([
    ['bad-2', 'rejected'],
    ['bad-1', 'rejected'],
  ]);
  for (const [consumer, tagId] of [
    ['shop/bing', tags.bing],
    ['shop/second', tags.second],
  ] as const) {
    const open = await store.getOpenAttempt(consumer);
    expect(open).toMatchObject({ sent: 1, offsets: expect.arrayContaining([expect.any(String)]) });
    const digest = createHash('sha256')
      .update(open?.body ?? '')
      .digest('hex');
    expect(expected.openAttempts).toContainEqual({ tagId, sha256: digest });
    const first = open?.offsets[0] ?? '';
    expect((await store.listAttempts(consumer, first)).at(-1)?.bodySha256).toBe(digest);
  }
  const [early] = await store.findEvents('shop', 'early-1');
  const outcome = (await store.getOutcomes('shop/bing', [early ?? ''])).get(early ?? '');
  expect(outcome).toMatchObject({ outcome: 'delivered' });
  expect(await store.countByOutcome('shop/second')).toMatchObject({ dead: 2, delivered: 10, waiting: 7 });
  const counts = await store.getEventCounts('shop', ['shop/second'], 0, startAt + 10 * minuteMs, 10 * startAt);
  expect(counts.connections.get('shop/second')?.outcomes).toContainEqual({ interval: 0, outcome: 'delivered', events: 10 });
  expect((await store.getMatchCounts('shop/bing', '0000-00-00', '9999-12-31')).length).toBeGreaterThan(0);
  expect((await store.listSiteProfiles('shop', '', 100)).length).toBeGreaterThan(0);
  expect(
    (await store.listDashboardSites()).map(({ id, secretKeys, webhookSecrets }) => [
      id,
      secretKeys.length,
      webhookSecrets.length,
    ]),
  ).toEqual([['made', 1, 1]]);
  expect((await store.listDashboardConnections()).map(({ site, id, secrets }) => [site, id, Object.keys(secrets)])).toEqual([
    ['made', 'bing', ['token']],
  ]);
});

it('a restore lists the accounts and keys of an earlier schema', async () => {
  const db = openWithoutMigrating(join(copyFixture().dataDir, 'state.db'));
  cleanups.push(() => db.close());
  const { accounts, keys } = await endRestoredSessions(db, 0);
  expect(accounts.map(({ name, role, sites }) => [name, role, sites])).toEqual([
    ['ada', 'owner', []],
    ['vic', 'viewer', []],
  ]);
  expect(keys.map(({ site, kind }) => [site, kind])).toEqual([
    ['made', 'secret key'],
    ['made', 'webhook secret'],
  ]);
});

it.each([true, false])('a salvage reads a file of an earlier schema, trusted: %s', async (isTrusted) => {
  const { dataDir } = copyFixture();
  const [file, to] = [join(dataDir, 'state.db'), join(dataDir, 'salvaged.db')];
  expect(salvageStore(file, to, isTrusted)).toMatchObject({ damaged: [], beginsAnew: !isTrusted });
  const store = await openSqliteStore(to, { now: () => startAt });
  cleanups.push(() => store.close());
  expect(await store.listDeferredUpTo('shop/second', '~', 100)).toHaveLength(isTrusted ? 7 : 0);
  expect((await store.getConnectionState('shop/second')) !== undefined).toBe(isTrusted);
  expect(await store.listDeadLetters('shop/second', 100)).toHaveLength(2);
});
