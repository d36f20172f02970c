import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { readConfig } from '../src/config/config.ts';
import { getTablePath } from '../src/country/country-table.fixture.ts';
import { type Gateway, startGateway } from '../src/gateway/start-gateway.ts';
import { createLogger } from '../src/logger.ts';
import { convey } from './cli.fixture.ts';
import { type Folder, makeFolder, writeKey } from './gateway.fixture.ts';

/** A gateway with two threads, behind a proxy that sends no country. */

const collector = { port: 0, threads: 2, trustedProxies: ['127.0.0.1'] };
const country = { mode: 'table' };
const site = { consent: { policy: 'regional' } };
/** Enough that each thread gets some. */
const many = 20;

let folder: Folder;
let gateway: Gateway;

beforeAll(async () => {
  folder = makeFolder();
  gateway = await start(folder);
});
afterAll(async () => {
  await gateway.stop(0);
  folder.remove();
});

async function start({ writeConfig, dir }: Folder): Promise<Gateway> {
  const file = writeConfig('http://127.0.0.1:1', { collector, country, site });
  const read = readConfig(readFileSync(file, 'utf8'), {}, dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return startGateway(read.config, { version: 'test', logger: createLogger('silent', { write() {} }) });
}

const send = (ip: string, events: readonly object[]) =>
  fetch(`${gateway.url}/e`, {
    method: 'POST',
    headers: { origin: 'https://shop.example', 'x-forwarded-for': ip, 'user-agent': 'Mozilla/5.0', connection: 'close' },
    body: JSON.stringify({ writeKey, sentAt: Date.now(), events }),
  });

describe('a gateway with the tables of the package', () => {
  it('knows the country of a visitor on each thread, and shows that a table gave it', async () => {
    for (let at = 0; at < many; at += 1) {
      expect((await send('18.9.22.69', [{ name: 'PageView', id: `us-${at}` }])).status).toBe(202);
      expect((await send('217.0.0.1', [{ name: 'PageView', id: `de-${at}` }])).status).toBe(202);
    }
    const { events } = await connectToGateway(folder)('GET /api/sites/:site/events', { site: 'shop', limit: 100 });
    const shown = events.map((event) =>
      'name' in event ? `${event.id.slice(0, 2)} ${event.consent.effective} ${event.countryText}` : '',
    );
    expect(Object.fromEntries([...Map.groupBy(shown, (text) => text)].map(([text, all]) => [text, all.length]))).toEqual({
      'us granted US, by the country tables': many,
      'de denied Not kept, because consent is denied': many,
    });
  });

  it('shows the source of the country in `convey event`', async () => {
    await send('18.9.22.69', [{ name: 'PageView', id: 'shown' }]);
    const { stdout } = await convey('event', 'shown', '--config', join(folder.dir, 'convey.json'));
    expect(stdout).toContain('  country    US, by the country tables\n');
  });

  it('states the tables, their dates and how often they differ in Setup', async () => {
    const { steps } = await connectToGateway(folder)('GET /api/sites/:site/checklist', { site: 'shop' });
    expect(steps.find(({ id }) => id === 'country-known')).toMatchObject({
      state: 'done',
      says: expect.stringMatching(/`iptoasn-country` of 2026-06-17 and .*differ for 7%.*measured on 2026-12-03/),
    });
  });

  it('gives each visitor the pixel of its country', async () => {
    const get = async (ip: string) =>
      (await fetch(`${gateway.url}/p.js?k=${writeKey}`, { headers: { 'x-forwarded-for': ip, connection: 'close' } })).text();
    for (let at = 0; at < many; at += 1) {
      expect(await get('18.9.22.69')).toContain('"silence":"granted"');
      expect(await get('217.0.0.1')).toContain('"silence":"denied"');
    }
  });
});

describe("an operator's own table", () => {
  it('refuses a start with the file, the rule and the remedy, and changes nothing in the data folder', async () => {
    const other = makeFolder();
    const bad = join(other.dir, 'geo.mmdb');
    writeFileSync(bad, readFileSync(getTablePath('iptoasn-country')).subarray(0, 1_000_000));
    const file = other.writeConfig('http://127.0.0.1:1', { country: { mode: 'table', files: ['geo.mmdb'] } });
    const { code, stderr } = await convey('start', '--config', file);
    expect(code).toBe(1);
    expect(stderr).toContain(`The country table ${bad} is no MaxMind DB file, or is cut off. Download it again`);
    expect(stderr).toContain('`country.files`');
    other.remove();
  });
});
