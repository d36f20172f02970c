import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { readConfig } from '../src/config/config.ts';
import { type Gateway, startGateway } from '../src/gateway/start-gateway.ts';
import { createLogger } from '../src/logger.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../src/simulators/microsoft/simulator.ts';
import { eventually, type Folder, makeFolder, post, purchase, secretKey, tagId } from './gateway.fixture.ts';

const metricsToken = 'm9'.repeat(20);
const user = { email: 'Jane.Secret@Shop.example', phone: '+1 (425) 555-0173', externalId: 'cust-secret-7', ip: '203.0.113.42' };
const nowhere = [
  'jane.secret',
  '5550173',
  '555-0173',
  'cust-secret-7',
  '203.0.113.42',
  'good-token',
  'bad-password-of-somebody',
  metricsToken,
  secretKey,
];

const lineSchema = z.looseObject({
  msg: z.string(),
  site: z.string().optional(),
  event: z.string().optional(),
  first: z.array(z.string()).optional(),
  consumer: z.string().optional(),
});

let folder: Folder;
let microsoft: MicrosoftSimulator;
let gateway: Gateway;
let log: string;

beforeEach(async () => {
  folder = makeFolder();
  log = '';
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
  const read = readConfig(
    readFileSync(folder.writeConfig(microsoft.url, { dashboard: { port: 0, metricsToken } }), 'utf8'),
    {},
    folder.dir,
  );
  if (!('config' in read)) throw new Error(JSON.stringify(read.problems));
  const write = (line: string) => {
    log += line;
  };
  gateway = await startGateway(read.config, { version: '1', logger: createLogger('debug', { write }) });
});
afterEach(async () => {
  await gateway.stop(0);
  await microsoft.close();
  folder.remove();
});

const lines = () =>
  log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineSchema.parse(JSON.parse(line)));
const findLines = (msg: string) => lines().filter((line) => line.msg === msg);
const fault = (body: object) => fetch(`${microsoft.url}/faults`, { method: 'POST', body: JSON.stringify(body) });

it('every line about an event names it and its site, and no line holds what is personal or secret', async () => {
  await fault({ mode: 'reject', eventIds: ['o-dead'], details: 'full' });
  const events = [
    { ...purchase('o-1'), user },
    { ...purchase('o-dead'), user },
    { ...purchase('o-old'), user, time: '2001-01-01T00:00:00Z' },
    { ...purchase('jane.secret@shop.example'), user },
    { ...purchase('o-named'), user, name: 'Jane Secret 4255550173' },
  ];
  expect(await post(gateway.url, events)).toMatchObject({ accepted: 2 });
  expect(await eventually(() => findLines('dead letter').length === 1 && findLines('request settled').length >= 2)).toBe(true);
  await fault({ mode: '401' });
  await post(gateway.url, [{ ...purchase('o-2'), user }]);
  expect(await eventually(() => findLines('connection paused').length === 1)).toBe(true);

  await fetch(`${gateway.url}/v1/events`, { method: 'POST', headers: { authorization: 'Bearer sk_wrong_0123456789abcdef' } });
  await fetch(`${gateway.url}/hooks/shopify/shop`, { method: 'POST', body: JSON.stringify({ email: user.email }) });
  await signIn({ name: 'owner', password: 'bad-password-of-somebody' });
  const ask = connectToGateway(folder);
  await ask('POST /api/sites/:site/erase', { site: 'shop' }, { email: user.email });

  expect(findLines('event rejected').map(({ site, event }) => [site, event])).toEqual([
    ['shop', 'o-old'],
    ['shop', undefined],
    ['shop', 'o-named'],
  ]);
  expect(findLines('dead letter')).toMatchObject([{ site: 'shop', consumer: 'shop/bing', event: 'o-dead', cause: 'rejected' }]);
  expect(findLines('request settled').flatMap(({ first = [] }) => first)).toEqual(['o-1', 'o-dead', 'o-2']);
  expect(findLines('person erased')).toMatchObject([{ site: 'shop' }]);
  for (const line of lines())
    if (line.event !== undefined || line.consumer !== undefined) expect(line.site, line.msg).toBe('shop');
  for (const value of nowhere) expect(log.toLowerCase().includes(value.toLowerCase()), value).toBe(false);
});

it('the metrics of a running gateway require the token', async () => {
  await post(gateway.url, [purchase('o-1'), purchase('o-1'), { name: '' }]);
  const metrics = async (token: string) =>
    fetch(`${gateway.dashboard.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect((await metrics('x'.repeat(40))).status).toBe(401);
  expect((await fetch(`${gateway.dashboard.url}/metrics`)).status).toBe(401);
  const text = await (await metrics(metricsToken)).text();
  for (const line of [
    'convey_events_received_total{site="shop",reporter="server"} 3',
    'convey_events_accepted_total{site="shop",reporter="server"} 1',
    'convey_events_duplicate_total{site="shop",reporter="server"} 1',
    'convey_events_rejected_total{site="shop",reporter="server",reason="name-missing"} 1',
    'convey_ready 1',
  ])
    expect(text).toContain(`${line}\n`);
});

function signIn(body: object): Promise<void> {
  const headers = { 'convey-request': '1', 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const asking = request(`${gateway.dashboard.url}/api/session`, { method: 'POST', headers }, (answer) => {
      answer.resume();
      answer.on('end', resolve);
    });
    asking.on('error', reject);
    asking.end(JSON.stringify(body));
  });
}
