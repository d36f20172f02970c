import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Site } from '../event/site.ts';
import { sha256 } from '../identity/hashing.ts';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from './collector.fixture.ts';
import { createCollectorApp } from './collector.ts';
import { now, shop } from './site.fixture.ts';

/**
 * The consent that applies to each statement, by policy, country and Global Privacy Control, at the real collector. The tables are written
 * by hand; the collector's results are printed at the end. `?`: the country is unknown.
 */

const browserWithoutGpc = `
  POST /e without Sec-GPC        | strict          | regional, DE GB CH ? | regional, US     | granted
  granted, chosen                | granted         | granted              | granted          | granted
  granted, without explicit      | granted         | granted              | granted          | granted
  granted, a tool's default      | taken as denied | taken as denied      | taken as granted | taken as granted
  denied, chosen                 | denied          | denied               | denied           | denied
  denied, without explicit       | denied          | denied               | denied           | denied
  denied, a tool's default       | taken as denied | taken as denied      | taken as denied  | taken as denied
  a word that cannot be read     | taken as denied | taken as denied      | taken as denied  | taken as denied
  a statement that is no object  | taken as denied | taken as denied      | taken as denied  | taken as denied
  nothing                        | taken as denied | taken as denied      | taken as granted | taken as granted
`;

const browserWithGpc = `
  POST /e with Sec-GPC: 1        | strict          | regional, DE GB CH ? | regional, US     | granted
  granted, chosen                | granted         | granted              | granted          | granted
  granted, without explicit      | denied by GPC   | denied by GPC        | denied by GPC    | denied by GPC
  granted, a tool's default      | denied by GPC   | denied by GPC        | denied by GPC    | denied by GPC
  denied, chosen                 | denied          | denied               | denied           | denied
  denied, without explicit       | denied          | denied               | denied           | denied
  denied, a tool's default       | denied by GPC   | denied by GPC        | denied by GPC    | denied by GPC
  a word that cannot be read     | denied by GPC   | denied by GPC        | denied by GPC    | denied by GPC
  a statement that is no object  | denied by GPC   | denied by GPC        | denied by GPC    | denied by GPC
  nothing                        | denied by GPC   | denied by GPC        | denied by GPC    | denied by GPC
`;

/** Rows with and without Sec-GPC: a server's header is not the shopper's. */
const fromServer = `
  POST /v1/events                | strict          | regional, DE GB CH ? | regional, US     | granted
  granted, chosen                | granted         | granted              | granted          | granted
  granted, without explicit      | granted         | granted              | granted          | granted
  granted, a tool's default      | pending         | pending              | taken as granted | taken as granted
  denied, chosen                 | denied          | denied               | denied           | denied
  denied, without explicit       | denied          | denied               | denied           | denied
  denied, a tool's default       | denied          | denied               | denied           | denied
  a word that cannot be read     | pending         | pending              | pending          | pending
  a statement that is no object  | pending         | pending              | pending          | pending
  nothing                        | pending         | pending              | taken as granted | taken as granted
`;

/** The words of the tables. Cookies and visitorId exist for a browser only. The tests of delivery cover the last column. */
const legend = `
  cell             | stated  | effective | source | what is stored         | cookies   | visitorId | then
  granted          | granted | granted   | kept   | whole, with its click  | set       | told      | sent
  taken as granted | unknown | granted   | kept   | whole, with its click  | set       | told      | sent
  denied           | denied  | denied    | kept   | stripped, own deniedId | forgotten | null      | skipped
  denied by GPC    | denied  | denied    | gpc    | stripped, own deniedId | forgotten | null      | skipped
  taken as denied  | unknown | denied    | kept   | stripped, own deniedId | untouched | null      | skipped
  pending          | unknown | pending   | kept   | whole, with its click  | none      | none      | waits 90 s
`;

const splitCells = (line: string) => line.split('|').map((cell) => cell.trim());
const splitRows = (table: string) => table.trim().split('\n').map(splitCells);

const buildStatement = (statement: object) => (source?: string) => ({ ...statement, ...(source !== undefined && { source }) });
const statements: Readonly<Record<string, (source?: string) => unknown>> = {
  'granted, chosen': buildStatement({ adStorage: 'granted', explicit: true }),
  'granted, without explicit': buildStatement({ adStorage: 'granted' }),
  "granted, a tool's default": buildStatement({ adStorage: 'granted', explicit: false }),
  'denied, chosen': buildStatement({ adStorage: 'denied', explicit: true }),
  'denied, without explicit': buildStatement({ adStorage: 'denied' }),
  "denied, a tool's default": buildStatement({ adStorage: 'denied', explicit: false }),
  'a word that cannot be read': buildStatement({ adStorage: 'yes', explicit: true }),
  'a statement that is no object': () => 'granted',
  nothing: (source) => (source === undefined ? undefined : { source }),
};

const pageSources = ['call', 'shopify', 'uet', 'gcm', 'tcf', undefined];
const serverSources = [...pageSources, 'gpc', 'server'];
/** `XX` is no country's code, so it counts as unknown. */
const countries = ['DE', 'GB', 'CH', undefined, 'XX', 'US'];
const columns = [
  { policy: 'strict', countries },
  { policy: 'regional', countries: ['DE', 'GB', 'CH', undefined, 'XX'] },
  { policy: 'regional', countries: ['US'] },
  { policy: 'granted', countries },
] as const;

const buildSecretKey = (policy: string) => `sk_test_${policy}_0123456789abcdef0123456789abcdef`;
/** Creates a site for each policy. */
const buildSites = (more: Partial<Site>): Site[] =>
  (['strict', 'regional', 'granted'] as const).map((policy) => ({
    ...shop,
    id: policy,
    writeKey: `wk_${policy}`,
    secretKeyHashes: [sha256(buildSecretKey(policy))],
    consent: { policy },
    ...more,
  }));

const visitor = '6cb47c00c92011f0a1b2010203040506';
const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
const emailHash = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';
const referrer = 'https://www.bing.com/search';
const landing = `https://shop.example/?msclkid=${msclkid}`;
/** A purchase with all data that a denial removes. */
const purchase = (id: string, consent: unknown, country: string | undefined) => ({
  ...{ id, name: 'Purchase', time: now, consent, properties: { size: 'L' }, goal: { label: 'wall' } },
  page: { url: landing, referrer: `${referrer}?q=clock`, title: 'Thanks' },
  user: { email: 'Jane.Doe+x@Example.com', externalId: 'cust-7', anonymousId: visitor, country },
  commerce: { orderId: '1001', value: 8, currency: 'USD' },
});

const { literal, looseObject, strictObject } = z;
const whole = looseObject({
  identity: looseObject({
    anonymousId: literal(visitor),
    forms: looseObject({ emailMicrosoft: literal(emailHash) }),
    clickIds: strictObject({ msclkid: looseObject({ value: literal(msclkid) }) }),
  }),
  page: looseObject({ url: literal(landing) }),
  commerce: looseObject({ orderId: literal('1001') }),
  deniedId: z.undefined().optional(),
});
const stripped = looseObject({
  identity: strictObject({ forms: strictObject({}), clickIds: strictObject({}) }),
  client: strictObject({}),
  page: strictObject({
    url: literal('https://shop.example/'),
    referrer: literal(referrer),
    browserTags: strictObject({ microsoft: literal('none') }),
  }),
  commerce: strictObject({ value: literal(8), currency: literal('USD') }),
  goal: strictObject({}),
  properties: strictObject({}),
  deniedId: z.string().regex(/^[0-9a-f]{32}$/),
});
const recordSchema = looseObject({
  name: z.string(),
  consent: strictObject({ stated: z.string(), effective: z.string(), source: z.string().optional() }),
  deniedId: z.string().optional(),
});
const answerSchema = looseObject({ accepted: z.number(), visitorId: z.string().nullish() });

/** Returns `stated, effective, source, stored` in the legend's words. */
function describeRecord(record: unknown, source: string | undefined): string[] {
  const { consent } = recordSchema.parse(record);
  const text = JSON.stringify(record);
  expect(text).not.toMatch(/jane|cust-7/i);
  const isBare = stripped.safeParse(record).success && !new RegExp(`${visitor}|${msclkid}|${emailHash}`).test(text);
  const stored = whole.safeParse(record).success ? 'whole, with its click' : isBare ? 'stripped, own deniedId' : 'otherwise';
  return [consent.stated, consent.effective, consent.source === source ? 'kept' : String(consent.source), stored];
}

/** Returns the effect of a response on a browser that has the visitor's cookie. */
function describeCookies(headers: Headers): string {
  // The mark of a stated grant is set in addition.
  const lines = headers
    .getSetCookie()
    .filter((line) => !line.startsWith('_cv_consent=granted;'))
    .toSorted();
  if (lines.length === 0) return 'untouched';
  if (lines.length !== 2 || !lines[0]?.startsWith('_cv_click=') || !lines[1]?.startsWith('_cv_id=')) return 'otherwise';
  if (lines.every((line) => /^\w+=; Max-Age=0;/.test(line))) return 'forgotten';
  const isSet = lines[0].includes(Buffer.from(msclkid).toString('base64url')) && lines[1].startsWith(`_cv_id=${visitor};`);
  return isSet && !lines.join().includes('Max-Age=0') ? 'set' : 'otherwise';
}

const log = createMemoryLog();
/** Creates the collector of some sites. Returns a function that posts to it without a network, which costs most of a request. */
function createPost(sites: readonly Site[]) {
  const parts = { ...createCollectorDeps(log), newId: randomUUID, sites: () => sites };
  const proxies = { trustedProxies: ['127.0.0.1'], countryHeader: 'cf-ipcountry' };
  const app = createCollectorApp({ ...parts, proxies });
  return async (path: string, body: string, headers: Readonly<Record<string, string>>) =>
    app.request(path, { method: 'POST', body, headers }, buildConnectionInfo('127.0.0.1'));
}
// A browser's country is never the shop's own. A server's would be, so those sites have none.
const postAsPage = createPost(buildSites({ defaultCountry: 'US' }));
const postAsServer = createPost(buildSites({}));

/** A statement that is sent to the collector. */
interface ConsentStatement {
  readonly country: string | undefined;
  readonly source: string | undefined;
  readonly consent: unknown;
}

let requestCount = 0;
/**
 * Returns the stored events of the last request. A denial is followed by the record that ends the visitor's profile, with the visitor's id
 * only.
 */
function lastRecords(): unknown[] {
  const records = (log.calls.at(-1) ?? []).map(({ bytes }) => recordSchema.parse(JSON.parse(new TextDecoder().decode(bytes))));
  const [denials, events] = [true, false].map((isDenial) => records.filter(({ name }) => (name === '$denial') === isDenial));
  const denied = events?.filter(({ consent }) => consent.stated === 'denied');
  expect(denials).toMatchObject(denied?.map(() => denial) ?? []);
  expect(JSON.stringify(denials)).not.toMatch(new RegExp(`jane|cust-7|${msclkid}|${emailHash}`, 'i'));
  return events ?? [];
}

const denial = {
  name: '$denial',
  consent: { stated: 'denied' },
  identity: { forms: {}, clickIds: {}, anonymousId: visitor },
  client: {},
};

/** Sends each statement from a page of the shop. The body states a country too, which must not count. */
async function askAsPage(policy: string, gpc: boolean, asked: readonly ConsentStatement[]): Promise<string[][]> {
  const outcomes: string[][] = [];
  for (const { country, source, consent } of asked) {
    const body = JSON.stringify({
      writeKey: `wk_${policy}`,
      sentAt: now,
      events: [purchase(`b-${++requestCount}`, consent, 'US')],
    });
    const headers = {
      ...{ origin: 'https://www.shop.example', cookie: `_cv_id=${visitor}` },
      ...(country !== undefined && { 'cf-ipcountry': country }),
      ...(gpc && { 'sec-gpc': '1' }),
    };
    const answer = await postAsPage('/e', body, headers);
    const { accepted, visitorId } = answerSchema.parse(await answer.json());
    expect(accepted).toBe(1);
    const who = visitorId === null ? 'null' : visitorId === visitor ? 'told' : 'otherwise';
    outcomes.push([...describeRecord(lastRecords()[0], source), describeCookies(answer.headers), who]);
  }
  return outcomes;
}

/** Sends the statements from the shop's server, as events of one request. */
async function askAsServer(policy: string, gpc: boolean, asked: readonly ConsentStatement[], post = postAsServer) {
  const events = asked.map(({ country, consent }) => purchase(`s-${++requestCount}`, consent, country));
  const headers = { authorization: `Bearer ${buildSecretKey(policy)}`, ...(gpc && { 'sec-gpc': '1' }) };
  const answer = await post('/v1/events', JSON.stringify({ events }), headers);
  expect(answerSchema.parse(await answer.json()).accepted).toBe(asked.length);
  expect(answer.headers.getSetCookie()).toEqual([]);
  const records = lastRecords();
  return asked.map(({ source }, index) => describeRecord(records[index], source));
}

const meanings = splitRows(legend).slice(1);
/** Returns the legend's word, or the outcome itself if the legend has no word. */
function toWord(outcome: readonly string[]): string {
  const match = meanings.find(([, ...meaning]) => isDeepStrictEqual(meaning.slice(0, outcome.length), outcome));
  return match?.[0] ?? outcome.join('/');
}

/** Returns a row of the collector's results: in each column the words for all countries, sources and headers. */
async function observe(ask: typeof askAsPage, state: string, sources: readonly (string | undefined)[], gpcs: readonly boolean[]) {
  const row = [state];
  for (const { policy, countries } of columns) {
    const asked = countries.flatMap((country) =>
      sources.map((source) => ({ country, source, consent: statements[state]?.(source) })),
    );
    const words = new Set<string>();
    for (const gpc of gpcs) for (const outcome of await ask(policy, gpc, asked)) words.add(toWord(outcome));
    row.push([...words].join(' or '));
  }
  return row;
}

const printed: string[] = [];
/** Prints a row and returns it. */
function print(row: readonly string[]): readonly string[] {
  const widths = [31, 18, 22, 18, 18];
  const line = row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('');
  printed.push(line.trimEnd());
  return row;
}
afterAll(() => console.log(`${printed.join('\n')}${legend}`));

describe.each([
  { title: 'POST /e without Sec-GPC', table: browserWithoutGpc, ask: askAsPage, sources: pageSources, gpcs: [false] },
  { title: 'POST /e with Sec-GPC', table: browserWithGpc, ask: askAsPage, sources: pageSources, gpcs: [true] },
  { title: 'POST /v1/events', table: fromServer, ask: askAsServer, sources: serverSources, gpcs: [false, true] },
])('all sources, in every country, at $title:', ({ table, ask, sources, gpcs }) => {
  const [head = [], ...expected] = splitRows(table);
  beforeAll(() => void print(head));
  afterAll(() => void print([]));

  test.each(expected.map((row) => ({ state: row[0] ?? '', row })))('counts “$state” as documented', async ({ state, row }) => {
    // A statement without fields has no source.
    const who = state === 'a statement that is no object' ? [undefined] : sources;
    expect(print(await observe(ask, state, who, gpcs))).toEqual(row);
  });

  test('has a row for each statement', () => {
    expect(expected.map(([state]) => state)).toEqual(Object.keys(statements));
  });
});

test("a page's own report of Global Privacy Control is a denial everywhere", async () => {
  const consent = { adStorage: 'denied', source: 'gpc' };
  for (const { policy, countries } of columns) {
    const asked = countries.map((country) => ({ country, source: 'gpc', consent }));
    expect(new Set((await askAsPage(policy, false, asked)).map(toWord))).toEqual(new Set(['denied']));
  }
});

test("the site's country applies when a server sends none; an unknown code counts as unknown", async () => {
  const asked = [undefined, 'XX', 'US', 'DE'].map((country) => ({ country, source: undefined, consent: undefined }));
  const words: string[] = [];
  for (const defaultCountry of ['US', 'DE']) {
    const post = createPost(buildSites({ defaultCountry }));
    words.push(...(await askAsServer('regional', false, asked, post)).map(toWord));
  }
  const [sent, waits] = ['taken as granted', 'pending'];
  expect(words).toEqual([sent, waits, sent, waits, waits, waits, sent, waits]);
});

test('each denied event has its own deniedId', () => {
  const denied = log.stored().flatMap(({ body }) => recordSchema.parse(body).deniedId ?? []);
  expect(denied.length).toBeGreaterThan(1_000);
  expect(new Set(denied).size).toBe(denied.length);
});
