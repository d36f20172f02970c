import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { systemClock } from '../src/clock/clock.ts';
import { getTablePath } from '../src/country/country-table.fixture.ts';
import { convey } from './cli.fixture.ts';
import { eventually, type Folder, makeFolder, secretKey, writeKey } from './gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from './paced-gateway.fixture.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from './postgres.fixture.ts';
import { readDatabaseText, readFolderText } from './stored-bytes.fixture.ts';

/** Gateways behind a proxy that sends no country: with several collector threads, with one, and on PostgreSQL. */

const gateways = [
  { kind: 'files, with two threads', threads: 2, isShared: false },
  { kind: 'files, with one thread', threads: 1, isShared: false },
  ...(hasPostgres ? [{ kind: 'a database', threads: 1, isShared: true }] : []),
];
/** Enough that each thread gets some. */
const many = 10;
const [american, german] = ['18.9.22.69', '217.0.0.1'];

describe.each(gateways)('a gateway on $kind', ({ threads, isShared }) => {
  let folder: Folder;
  let database: TestDatabase | undefined;
  let gateway: PacedGateway;

  beforeAll(async () => {
    folder = makeFolder();
    database = isShared ? await createTestDatabase() : undefined;
    const store = database && `${database.url}?sslmode=disable`;
    const config = folder.writeConfig('http://127.0.0.1:1', {
      collector: { port: 0, trustedProxies: ['127.0.0.1'], ...(!isShared && { threads }) },
      country: { mode: 'table' },
      site: { consent: { policy: 'regional' }, defaultCountry: 'US' },
      ...(store !== undefined && { store }),
    });
    gateway = await startPacedGateway(config, systemClock, { env: { CONVEY_SECRETS_KEY: 'c7'.repeat(32) } });
  });
  afterAll(async () => {
    await gateway?.stop();
    await database?.drop();
    folder?.remove();
  });

  const send = async (ip: string, id: string) => {
    const headers = { origin: 'https://shop.example', 'x-forwarded-for': ip, 'user-agent': 'Mozilla/5.0', connection: 'close' };
    const body = JSON.stringify({ writeKey, sentAt: Date.now(), events: [{ name: 'PageView', id }] });
    expect((await fetch(`${gateway.url}/e`, { method: 'POST', headers, body })).status).toBe(202);
  };
  const listEvents = async () => {
    const { events } = await connectToGateway(folder)('GET /api/sites/:site/events', { site: 'shop', limit: 100 });
    return events.flatMap((event) => ('name' in event ? [event] : []));
  };

  it('knows the country of each visitor, shows that a table gave it, and keeps the address no longer for it', async () => {
    for (let at = 0; at < many; at += 1) {
      await send(american, `us-${at}`);
      await send(german, `de-${at}`);
    }
    await eventually(async () => (await listEvents()).length === 2 * many);
    const shown = (await listEvents()).map(
      ({ id, consent, countryText }) => `${id.slice(0, 2)} ${consent.effective}: ${countryText}`,
    );
    expect(Object.fromEntries([...Map.groupBy(shown, (text) => text)].map(([text, all]) => [text, all.length]))).toEqual({
      'us granted: US, by the country tables': many,
      'de denied: Not kept, because consent is denied': many,
    });
    const stored = database ? await readDatabaseText(database) : readFolderText(folder.dataDir);
    expect(stored).toContain(american);
    expect(stored).not.toContain(german);
  });

  it('gives each visitor the pixel of its country', async () => {
    const get = async (ip: string) =>
      (await fetch(`${gateway.url}/p.js?k=${writeKey}`, { headers: { 'x-forwarded-for': ip, connection: 'close' } })).text();
    for (let at = 0; at < many; at += 1) {
      expect(await get(american)).toContain('"silence":"granted"');
      expect(await get(german)).toContain('"silence":"denied"');
    }
  });

  it("lets a server's event wait if the tables put its shopper in the EEA", async () => {
    const events = [german, american].map((ip) => ({ name: 'Lead', id: `lead-${ip}`, user: { ip, anonymousId: `v-${ip}` } }));
    const headers = { authorization: `Bearer ${secretKey}` };
    const { status } = await fetch(`${gateway.url}/v1/events`, { method: 'POST', headers, body: JSON.stringify({ events }) });
    expect(status).toBe(202);
    const isLead = ({ name }: { readonly name: string }) => name === 'Lead';
    await eventually(async () => (await listEvents()).filter(isLead).length === 2);
    const leads = (await listEvents()).filter(isLead).map(({ id, consent }) => [id, consent.effective]);
    expect(Object.fromEntries(leads)).toEqual({ [`lead-${german}`]: 'pending', [`lead-${american}`]: 'granted' });
  });

  it('shows the source of the country on the page of an event', async () => {
    const [timeline] = await connectToGateway(folder)('GET /api/sites/:site/timelines', { site: 'shop', id: 'us-0' });
    expect(timeline?.event).toMatchObject({ country: 'US', countrySource: 'table' });
  });

  it('states the tables, their dates and how often they differ in Setup', async () => {
    const { steps } = await connectToGateway(folder)('GET /api/sites/:site/checklist', { site: 'shop' });
    expect(steps.find(({ id }) => id === 'country-known')).toMatchObject({
      state: 'done',
      says: expect.stringMatching(/`iptoasn-country` of 2026-06-17 and .*differ for 7%.*measured on 2026-12-03/),
    });
  });
});

describe("an operator's own table", () => {
  it('refuses a start with the file, the rule and the remedy, also in `convey check`', async () => {
    const folder = makeFolder();
    const bad = join(folder.dir, 'geo.mmdb');
    writeFileSync(bad, readFileSync(getTablePath('iptoasn-country')).subarray(0, 1_000_000));
    const config = folder.writeConfig('http://127.0.0.1:1', { country: { mode: 'table', files: ['geo.mmdb'] } });
    const text = `The country table ${bad} is no MaxMind DB file, or is cut off. Download it again`;
    const started = await convey('start', '--config', config);
    expect(started.code).toBe(1);
    expect(started.stderr).toContain(text);
    expect(started.stderr).toContain('`country.files`');
    const checked = await convey('check', '--config', config);
    expect(checked.code).toBe(1);
    expect(checked.stdout).toContain(`country: ${text}`);
    folder.remove();
  });
});
