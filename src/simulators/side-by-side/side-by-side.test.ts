import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { simulators } from '../simulators.ts';
import { type SideBySide, startSideBySide } from './side-by-side.ts';

const tagId = '187012345';
const datasetId = '1234567890123456';
const eventId = 'ord-1<script>';
const headers = { authorization: 'Bearer demo-token', 'content-type': 'application/json' };

let simulated: SideBySide;
beforeAll(async () => {
  const values = { microsoft: { token: { [tagId]: 'demo-token' } }, meta: { token: { [datasetId]: 'demo-token' } } };
  simulated = await startSideBySide(simulators, { port: 0, values });
});
afterAll(() => simulated.close());

const get = async (path: string) => (await fetch(simulated.url + path)).text();
const post = (path: string, body: object) => fetch(simulated.url + path, { method: 'POST', headers, body: JSON.stringify(body) });

test("each platform's API has the platform's paths, and the page compares one event at both", async () => {
  expect(await get('/')).toContain('No events yet');
  const seconds = Math.floor(Date.now() / 1_000);
  const userData = { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' };
  const bing = { eventType: 'custom', eventName: 'purchase', eventId, eventTime: seconds, adStorageConsent: 'G', userData };
  expect((await post(`/v1/${tagId}/events`, { data: [bing] })).status).toBe(200);
  const website = { action_source: 'website', event_source_url: 'https://shop.example/' };
  const person = { client_user_agent: 'Mozilla/5.0', fbp: 'fb.1.1795514398765.1234567890' };
  const meta = {
    event_name: 'Purchase',
    event_id: eventId,
    event_time: seconds,
    ...website,
    user_data: person,
    custom_data: { value: 125.4, currency: 'USD' },
  };
  expect((await post(`/v25.0/${datasetId}/events`, { data: [meta] })).status).toBe(200);
  await fetch(`${simulated.url}/tr/?id=${datasetId}&ev=Purchase&eid=${encodeURIComponent(eventId)}`);

  const [microsoft, other] = simulated.platforms.map(({ simulator }) => simulator.listEvents());
  expect(microsoft).toMatchObject([{ eventId, label: 'counted', isMerged: false, server: [{ event: bing, warnings: 0 }] }]);
  expect(other).toMatchObject([{ eventId, label: 'counted', isMerged: true }]);
  const page = await get('/');
  expect(page.match(/<tr><th scope="row">/g)).toHaveLength(1);
  expect(page).toContain('ord-1&lt;script&gt;');
  expect(page).not.toContain('ord-1<script>');
});

test("no path of a platform is taken by another platform's simulator", () => {
  const findOwner = (path: string) => simulators.find(({ platformPaths }) => platformPaths.test(path))?.id;
  const paths = simulated.platforms.flatMap(({ id, simulator }) => simulator.app.routes.map(({ path }) => ({ id, path })));
  const own = paths.filter(({ id, path }) => simulators.find((one) => one.id === id)?.platformPaths.test(path));
  expect(own.length).toBeGreaterThan(simulators.length);
  const taken = own.filter(({ id, path }) => findOwner(path) !== id);
  expect(taken).toEqual([]);
});

test('a platform that knows an order by its own id is in the row of the order', async () => {
  const seconds = Math.floor(Date.now() / 1_000);
  const event = {
    event_name: 'Purchase',
    event_id: 'purchase-7',
    event_time: seconds,
    action_source: 'website',
    event_source_url: 'https://shop.example/',
    user_data: { client_user_agent: 'Mozilla/5.0', fbp: 'fb.1.1795514398765.1234567890' },
    custom_data: { value: 1, currency: 'USD', order_id: 'order-7' },
  };
  expect((await post(`/v25.0/${datasetId}/events`, { data: [event] })).status).toBe(200);
  await fetch(`${simulated.url}/pagead/conversion/123456789/?label=buy&oid=order-7&gclid=g`);
  const page = await get('/');
  expect(page.match(/<bdi>purchase-7<\/bdi>/g)).toHaveLength(1);
  expect(page).not.toContain('<bdi>order-7</bdi>');
});

test('the page is unchanged until a journal changes', async () => {
  const etag = (await fetch(simulated.url)).headers.get('etag') ?? '';
  const getAgain = () => fetch(simulated.url, { headers: { 'if-none-match': etag } });
  expect((await getAgain()).status).toBe(304);
  await fetch(`${simulated.url}/tr/?id=${datasetId}&ev=Lead&eid=lead-1`);
  expect((await getAgain()).status).toBe(200);
});

test('each simulator has its own page, journal and faults below its id; the first has them at the root too', async () => {
  expect(await get('/')).toContain('Add a connection in the dashboard: UET tag ID 187012346, token demo-token.');
  expect(await get('/meta/')).toContain('Meta simulator');
  expect(await get('/microsoft/')).toContain('Microsoft simulator');
  expect(JSON.parse(await get('/journal/events'))).toEqual(JSON.parse(await get('/microsoft/journal/events')));
  expect(await (await post('/meta/faults', { mode: 'ok' })).json()).toEqual({ mode: 'ok' });
  expect((await fetch(`${simulated.url}/meta/journal`, { method: 'DELETE' })).status).toBe(204);
  expect(JSON.parse(await get('/meta/journal/events'))).toEqual({ events: [] });
});

test('a name that another site points at this address is refused', async () => {
  const { port } = new URL(simulated.url);
  const status = await new Promise((resolve) => {
    request({ host: '127.0.0.1', port, headers: { host: 'shop.example' } }, ({ statusCode }) => resolve(statusCode)).end();
  });
  expect(status).toBe(403);
});

test.each(simulators.map(({ id }) => id))('only an own page or a tool changes the simulator of %s', async (id) => {
  const { origin, port } = new URL(simulated.url);
  const change = async (from: Readonly<Record<string, string>>) => {
    const faults = await fetch(`${origin}/${id}/faults`, { method: 'POST', headers: from, body: '{"mode":"ok"}' });
    return [faults.status, (await fetch(`${origin}/${id}/journal`, { method: 'DELETE', headers: from })).status];
  };
  const foreign: readonly Readonly<Record<string, string>>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'same-site', origin },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: `http://127.0.0.1:${Number(port) + 1}` },
    { origin: `http://localhost:${port}` },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
  ];
  for (const from of foreign) expect(await change(from), JSON.stringify(from)).toEqual([403, 403]);
  for (const from of [{}, { origin }, { 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-origin', origin }])
    expect(await change(from), JSON.stringify(from)).toEqual([200, 204]);
});
