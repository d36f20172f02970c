import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convey } from '../../test/cli.fixture.ts';
import { eventually, passwordCost } from '../../test/gateway.fixture.ts';
import { type Config, readConfig } from '../config/config.ts';
import { type Gateway, startGateway } from '../gateway/start-gateway.ts';
import { createLogger } from '../logger.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/simulator.ts';
import { connectToGateway } from './cli-context.ts';
import { readState } from './next-step.ts';

const tagId = '187012345';
let dir: string;
let file: string;
let config: Config;
let microsoft: MicrosoftSimulator;
let gateway: Gateway | undefined;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'convey-next-'));
  file = join(dir, 'convey.json');
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
  const written = JSON.stringify({
    dataDir: join(dir, 'data'),
    collector: { host: '127.0.0.1', port: 0 },
    dashboard: { host: '127.0.0.1', port: 28081 },
    allowPrivateDestinations: true,
    endpoints: { microsoft: microsoft.url },
  });
  writeFileSync(file, written);
  const read = readConfig(written, {}, dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  config = read.config;
});
afterAll(async () => {
  await gateway?.stop(0);
  await microsoft.close();
  rmSync(dir, { recursive: true });
});

/** Runs `convey` alone. Returns the headline and the steps. */
async function runAlone(): Promise<readonly string[]> {
  const { code, stdout, stderr } = await convey('--config', file);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((line) => line !== '' && line !== 'All commands: convey --help');
}

test('convey alone describes the next step at every stage of the set-up', async () => {
  expect(await readState(config, false)).toEqual({ stage: 'nothing' });
  const option = `--config ${file}`;
  expect(await runAlone()).toEqual([
    'Convey is not running.',
    `  Check the config and the credentials  convey check ${option}`,
    `  Start it                              convey start ${option}`,
  ]);

  // As `convey start --dashboard-port` does: the config file has another port.
  const other = { ...config, dashboard: { ...config.dashboard, port: 0 } };
  gateway = await startGateway(other, { version: 'test', logger: createLogger('silent', process.stderr), passwordCost });
  const dashboard = gateway.dashboard.url;
  const ask = connectToGateway(config);
  expect(await runAlone()).toEqual([
    'Convey is running. There is no account and no site yet.',
    `  Create the first account  convey accounts add NAME --role owner ${option}`,
    `  Sign in and add a site    ${dashboard}`,
  ]);
  await ask('POST /api/accounts', {}, { name: 'ada', role: 'owner', password: 'correct horse battery' });
  expect(await runAlone()).toEqual(['Convey is running. There is no site yet.', `  Sign in and add a site  ${dashboard}`]);

  await ask('POST /api/sites', {}, { id: 'shop', domains: ['shop.example'] });
  expect(await runAlone()).toEqual([
    'Convey is running. No site has a connection yet, so no event is sent.',
    `  Add a connection  ${dashboard}/sites/shop/destinations/new`,
  ]);
  const settings = { tagId, token: 'good-token' };
  await ask(
    'PUT /api/sites/:site/connections/:connection',
    { site: 'shop', connection: 'bing' },
    { destination: 'microsoft', settings },
  );
  expect(await runAlone()).toEqual([
    'Convey is running. No event has arrived yet.',
    `  Send a test event          convey send-test --site shop ${option}`,
    `  Add the pixel to the shop  ${dashboard}/sites/shop`,
  ]);

  expect((await convey('send-test', '--site', 'shop', '--config', file)).code).toBe(0);
  expect(await runAlone()).toEqual([
    'Convey is running with 1 site and 1 connection. All connections are healthy.',
    `  Open the dashboard            ${dashboard}`,
    `  Follow events as they arrive  convey events --follow ${option}`,
    `  Compare the shop's orders     convey accuracy ${option}`,
  ]);

  expect((await convey('connections', 'pause', 'shop/bing', '--config', file)).code).toBe(0);
  expect(await eventually(async () => (await runAlone())[0]?.includes('shop/bing (paused)') === true)).toBe(true);
  expect((await runAlone()).slice(0, 2)).toEqual([
    'Convey is running with 1 site and 1 connection. Not healthy: shop/bing (paused).',
    `  See the reason and the fix    convey connections list ${option}`,
  ]);
});

test('convey alone lists every problem of a config that is not valid', async () => {
  const broken = join(dir, 'broken.json');
  writeFileSync(broken, JSON.stringify({ collector: { port: 'x' } }));
  const { code, stderr } = await convey('-c', broken);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: The config file .* has 1 problem\. Correct the file/)]);
});
