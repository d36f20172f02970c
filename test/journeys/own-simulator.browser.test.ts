import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { simulators } from '../../src/simulators/simulators.ts';
import { createShopper, getSharedBrowser, type Shopper } from '../browser.fixture.ts';
import { createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { auditPage } from '../page-audit.fixture.ts';

const timeout30s = { timeout: 30_000 };
let browser: Browser;
let scene: Scene;
let reader: DashboardUser;
let shopper: Shopper;
/** The requests to other machines, of the shop's pages and of the dashboard's. */
const stray: string[] = [];
let shopPage = '';
const shop = createServer((_, response) => response.setHeader('content-type', 'text/html').end(shopPage));

beforeAll(async () => {
  browser = await getSharedBrowser();
  scene = await startScene({ site: null });
  // A request to another machine ends at a proxy that does not exist. A route would turn the browser's cache off.
  const proxy = { server: 'http://127.0.0.1:9', bypass: '127.0.0.1' };
  reader = await createDashboardUser(browser, scene.gateway, { proxy });
  shopper = await createShopper(browser, { proxy });
  for (const { context } of [reader, shopper])
    context.on('request', (request) => {
      const { href, hostname, protocol } = new URL(request.url());
      if (hostname !== '127.0.0.1' && protocol !== 'data:' && protocol !== 'blob:') stray.push(href);
    });
  await once(shop.listen(0, '127.0.0.1'), 'listening');
  await signUp(reader, scene.gateway);
});
afterAll(async () => {
  shop.close();
  await scene.close();
});

test.each(simulators)(
  'no page asks another machine when the dashboard started the simulator of $id',
  async ({ id, name, demo }) => {
    const ask = connectToGateway({ dataDir: scene.dataDir });
    const { script: _, idSync: __, ...tag } = demo.tag?.(scene.simulator.url) ?? {};
    const { pixel } = await ask('POST /api/sites', {}, { id, domains: ['127.0.0.1'], ...(demo.tag && { tags: { [id]: tag } }) });
    await reader.open(`/sites/${id}`);
    await reader.page.getByLabel('Platform to simulate').selectOption(id);
    await reader.page.getByRole('button', { name: 'Try with a simulator' }).click();
    await reader.page.getByText(`Simulator of ${name}`).waitFor(timeout30s);
    await reader.page.getByText('No event leaves the machine of the gateway.').waitFor(timeout30s);

    shopPage = `<!doctype html><link rel="icon" href="data:,"><script>${snippet(pixel.url)}</script>`;
    const address = shop.address();
    if (typeof address !== 'object' || address === null) throw new Error('the shop listens on a port');
    await shopper.page.goto(`http://127.0.0.1:${address.port}/`);
    const isReport = (response: { url(): string; status(): number }) => /\/e$/.test(response.url()) && response.status() === 202;
    for (const name of ['ViewContent', 'Lead']) {
      const accepted = shopper.page.waitForResponse(isReport, timeout30s);
      await shopper.page.evaluate((event) => {
        const convey = Reflect.get(window, 'convey');
        convey('consent', { adStorage: 'granted' });
        convey('track', event, { email: 'jane.doe@example.com' });
      }, name);
      await accepted;
    }
    await reader.page.goto((await reader.page.getByRole('link', { name: `/${id}/` }).getAttribute('href')) ?? '');
    expect(await reader.page.title()).toContain('imulator');
    expect(stray.splice(0)).toEqual([]);
  },
);

test('a site tries several platforms at once, from its setup and from Add connection, beside a real one', async () => {
  const { page } = reader;
  const ask = connectToGateway({ dataDir: scene.dataDir });
  const site = 'several';
  await ask('POST /api/sites', {}, { id: site, domains: ['several.example'] });
  await ask('POST /api/sites/:site/simulator', { site }, { destination: 'meta' });
  await reader.open(`/sites/${site}`);
  await page.getByLabel('Platform to simulate').selectOption('tiktok');
  await page.getByRole('button', { name: 'Try with a simulator' }).click();
  await page.getByText('Simulator of TikTok').waitFor(timeout30s);
  await reader.open(`/sites/${site}/destinations/new`);
  await page.getByRole('radio', { name: /Pinterest/ }).click();
  await page.getByRole('button', { name: 'Try with a simulator' }).click();
  await page.getByRole('heading', { level: 1, name: 'Pinterest (simulator)' }).waitFor(timeout30s);
  await page.getByRole('navigation', { name: 'Connection' }).getByRole('link', { name: 'Settings' }).click(timeout30s);
  await page.getByRole('link', { name: '/pinterest/' }).waitFor(timeout30s);

  const settings = { datasetId: '1234567890123456', token: 'own' };
  const real = { destination: 'meta', enabled: false, settings };
  const { connections } = await ask('PUT /api/sites/:site/connections/:connection', { site, connection: 'meta' }, real);
  const origins = new Set(connections.flatMap(({ simulatorUrl }) => (simulatorUrl ? new URL(simulatorUrl).origin : [])));
  expect(origins.size).toBe(1);
  await reader.open(`/sites/${site}/destinations`);
  await page.getByText('Simulator', { exact: true }).nth(2).waitFor(timeout30s);
  const cards = await page
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { level: 2 }) })
    .all();
  const marked = cards.map(async (card) => (await card.getByText('Simulator', { exact: true }).count()) > 0);
  expect(await Promise.all(marked)).toEqual([true, true, true, false]);
  const [comparison = ''] = origins;
  await page.goto(comparison);
  expect((await auditPage(page)).violations).toEqual([]);
  expect(stray.splice(0)).toEqual([]);
});

const snippet = (url: string) =>
  `!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='${url}';o.head.appendChild(s)}(window,document,'convey');`;
