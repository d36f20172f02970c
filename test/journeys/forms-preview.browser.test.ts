import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { createShopper, getSharedBrowser } from '../browser.fixture.ts';
import { eventually, type Folder, makeFolder, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, startLocalGateway } from '../paced-gateway.fixture.ts';

/** A site with a form in the mode `preview`: its fields are shown to a session that an account opened, and to nobody else. */

const forms = [
  { selector: '.off', mode: 'off' },
  { selector: '#quote', mode: 'preview', event: 'QuoteAsked', fields: { firstName: '[name="form[0][vorname]"]' } },
];
const site = { domains: ['127.0.0.1'], consent: { policy: 'granted' }, capture: { forms } };
let folder: Folder;
let gateway: PacedGateway;
let shop: string;

const form = `<form id="quote" onsubmit="return false"><input name="form[0][vorname]" value="Jane"><input name="mail" autocomplete="email" value="jane@shop.example">
<input name="card" autocomplete="cc-number" value="4111111111111111"><textarea name="message">secret</textarea><button>Send</button></form>
<form class="off"><input name="hidden-away"></form>`;
const server = createServer((_, response) => {
  response.setHeader('content-type', 'text/html');
  response.end(`<!doctype html><title>Shop</title>${buildSnippet(`${gateway.url}/p.js?k=${writeKey}`)}${form}`);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  shop = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  folder = makeFolder();
  gateway = await startLocalGateway(folder.writeConfig('http://127.0.0.1', { site }));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await gateway.stop();
  folder.remove();
});

it('the fields of a form are listed for a session by their names, and a submit reports nothing', async () => {
  const shopper = await createShopper(await getSharedBrowser());
  onTestFinished(() => shopper.close());
  const { page } = shopper;
  const bodies: string[] = [];
  page.on('request', (request) => bodies.push(request.postData() ?? ''));
  const list = async () => (await gateway.callApi('GET /api/sites/:site/seen-events', { site: 'shop' })).events;
  await page.goto(`${shop}/quote`);
  await page.click('button');
  expect(await list()).toEqual([]);

  const { token } = await gateway.callApi('POST /api/sites/:site/page-sessions', { site: 'shop' });
  await page.goto(`${shop}/quote?convey_debug=${token}`);
  expect(await eventually(async () => (await list()).length === 1)).toBe(true);
  expect(await list()).toEqual([
    {
      name: 'form:1',
      state: 'form',
      as: 'QuoteAsked',
      selector: '#quote',
      keys: ['firstName:form.0.vorname', 'email:mail', 'none:card', 'none:message'],
      lastAt: expect.any(Number),
    },
  ]);
  await page.click('button');
  await page.waitForTimeout(300);
  for (const text of ['Jane', 'jane@', '4111', 'secret', 'hidden-away']) expect(bodies.join()).not.toContain(text);
  const stored = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 50 });
  expect(new Set(stored.events.flatMap((event) => ('name' in event ? [event.name] : [])))).toEqual(new Set(['PageView']));
  expect(shopper.pageErrors).toEqual([]);
});
