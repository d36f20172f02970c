import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/clock/clock.ts';
import { eventually, type Folder, makeFolder, startSink, writeKey } from './gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from './paced-gateway.fixture.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from './postgres.fixture.ts';
import { readDatabaseText, readFolderText } from './stored-bytes.fixture.ts';

/** A shopper who follows a link to the checkout's domain: at a gateway with several collector threads on files, and at two on PostgreSQL. */

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
const granted = { adStorage: 'granted' };
const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const [shop, checkout] = ['https://shop.example', 'https://checkout.example'];

async function start(folder: Folder, endpoint: string, database?: TestDatabase): Promise<PacedGateway> {
  const site = {
    domains: ['shop.example', 'checkout.example'],
    consent: { policy: 'granted' },
    purchaseHoldSeconds: 0,
    capture: { links: ['checkout.example'] },
  };
  const store = database && { store: `${database.url}?sslmode=disable` };
  const config = folder.writeConfig(endpoint, { site, ...store, ...(!database && { collector: { threads: 2 } }) });
  const gateway = await startPacedGateway(config, systemClock, {
    level: 'debug',
    env: { CONVEY_SECRETS_KEY: 'c7'.repeat(32) },
  });
  ends.push(() => gateway.stop());
  return gateway;
}

async function startSinkOnce() {
  const sink = await startSink();
  ends.push(() => sink.close());
  return sink;
}

function makeEndedFolder(): Folder {
  const folder = makeFolder();
  ends.push(() => folder.remove());
  return folder;
}

/** Posts as a page of the origin. Returns the answer, and the visitor of its cookie. */
async function postAsPage({ url }: PacedGateway, origin: string, body: object, visitor?: string) {
  const headers = { origin, 'user-agent': agent, ...(visitor !== undefined && { cookie: `_cv_id=${visitor}` }) };
  const response = await fetch(`${url}/e`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ writeKey, sentAt: Date.now(), ...body }),
  });
  const cookie = /_cv_id=(\w+)/.exec(response.headers.getSetCookie().join())?.[1];
  return { answer: Object(await response.json()), visitor: cookie ?? '' };
}

let counter = 0;
const view = (url: string) => ({ name: 'PageView', id: `v-${counter++}`, time: Date.now(), consent: granted, page: { url } });
const land = (gateway: PacedGateway) =>
  postAsPage(gateway, shop, { events: [view(`${shop}/?msclkid=${msclkid}`)] }).then(({ visitor }) => visitor);
const mint = async (gateway: PacedGateway, visitor: string): Promise<string> =>
  (await postAsPage(gateway, shop, { linkTo: 'checkout.example', consent: granted }, visitor)).answer.link;
const follow = (gateway: PacedGateway, link: string, visitor?: string) => {
  const signal = { type: 'identify', id: `s-${counter++}`, time: Date.now() - 1, consent: granted, user: { link } };
  return postAsPage(gateway, checkout, { events: [view(`${checkout}/pay`)], signals: [signal] }, visitor);
};

/** Checks that several gateways redeem a token once together, and that a purchase of a joined visitor has the click of the other domain. */
async function checkLinks(
  one: PacedGateway,
  other: PacedGateway,
  sink: Awaited<ReturnType<typeof startSink>>,
): Promise<readonly string[]> {
  const visitor = await land(one);
  const link = await mint(one, visitor);
  expect(link).toMatch(/^1\./);
  const all = await Promise.all([one, other, one, other, one, other].map((gateway) => follow(gateway, link)));
  expect(all.filter((each) => each.visitor === visitor)).toHaveLength(1);
  const codes = all.flatMap(({ answer }) => answer.signalIssues ?? []).filter(({ field }) => field === 'user.link');
  expect(codes.map(({ code }) => code)).toEqual(Array(5).fill('link-used'));

  const own = (await postAsPage(other, checkout, { events: [view(`${checkout}/`)] })).visitor;
  const second = await mint(other, visitor);
  expect((await follow(one, second, own)).visitor).toBe(own);
  const purchase = { name: 'Purchase', id: `o-${counter++}`, time: Date.now(), consent: granted, commerce: { value: 5 } };
  await postAsPage(other, checkout, { events: [purchase] }, own);
  const find = () => sink.events().find(({ eventName }) => eventName === 'purchase');
  expect(await eventually(() => find() !== undefined)).toBe(true);
  expect(JSON.stringify(find()).replaceAll('-', '')).toContain(msclkid);
  return [link, second];
}

it('a token counts once over several threads and past a restart, and is neither stored nor logged', async () => {
  const sink = await startSinkOnce();
  const folder = makeEndedFolder();
  const first = await start(folder, sink.url);
  const tokens = await checkLinks(first, first, sink);
  const kept = await mint(first, await land(first));
  const logged = JSON.stringify(first.lines);
  await first.stop();

  const restarted = await start(folder, sink.url);
  for (const token of tokens)
    expect((await follow(restarted, token)).answer.signalIssues).toContainEqual(expect.objectContaining({ code: 'link-used' }));
  // The token that nobody used yet is valid past the restart.
  expect(JSON.stringify((await follow(restarted, kept)).answer)).not.toContain('user.link');
  await restarted.stop();
  const text = readFolderText(folder.dataDir) + logged + JSON.stringify(restarted.lines);
  for (const token of [...tokens, kept]) expect(text.toLowerCase()).not.toContain(token.slice(2, 60).toLowerCase());
});

describe.skipIf(!hasPostgres)('on a database', () => {
  it('a token of one gateway is valid at the other, and counts once over both', async () => {
    const database = await createTestDatabase();
    ends.push(() => database.drop());
    const sink = await startSinkOnce();
    const one = await start(makeEndedFolder(), sink.url, database);
    const other = await start(makeEndedFolder(), sink.url, database);
    const tokens = await checkLinks(one, other, sink);
    const text = (await readDatabaseText(database)) + JSON.stringify([one.lines, other.lines]);
    for (const token of tokens) expect(text.toLowerCase()).not.toContain(token.slice(2, 60).toLowerCase());
  });
});
