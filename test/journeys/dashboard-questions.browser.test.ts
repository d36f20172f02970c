import { afterAll, beforeAll, expect, test } from 'vitest';
import { getSharedBrowser } from '../browser.fixture.ts';
import {
  callDashboard,
  createDashboardUser,
  type DashboardUser,
  type Scene,
  sendServerEvents,
  signUp,
  simulateShoppers,
  startScene,
} from '../dashboard.fixture.ts';
import { eventually } from '../gateway.fixture.ts';

/** The questions of an operator with several shops, each with the clicks and the pages that lead to its answer. */

const platform = 'Microsoft Advertising';
const phone = { width: 390, height: 844 };
let scene: Scene;
let reader: DashboardUser;

beforeAll(async () => {
  const tea = {
    id: 'tea',
    name: 'The tea house',
    domains: ['tea.example'],
    writeKey: 'wk_tea_example',
    consent: { policy: 'strict' },
  };
  scene = await startScene({ agoMs: 2 * 3_600_000, otherSites: [tea] });
  await simulateShoppers(scene, 2, 4);
  await buy('purchase-sent', '2001');
  await fetch(`${scene.simulator.url}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode: 'reject', eventIds: ['purchase-lost'] }),
  });
  await buy('purchase-lost', '2002');
  reader = await createDashboardUser(await getSharedBrowser(), scene.gateway);
  await signUp(reader, scene.gateway);
}, 120_000);
afterAll(async () => {
  await reader.close();
  await scene.close();
});

async function buy(id: string, orderId: string): Promise<void> {
  const consent = { adStorage: 'granted', source: 'call', explicit: true };
  const commerce = { orderId, value: 77.7, currency: 'USD' };
  await sendServerEvents(scene.gateway, [{ name: 'Purchase', id, consent, user: { email: `${id}@mail.example` }, commerce }]);
}

test('each question is answered with few clicks and pages', { timeout: 180_000 }, async () => {
  const { page } = reader;
  const main = page.locator('main');
  let [clicks, visited]: [number, readonly string[]] = [0, []];
  page.on('framenavigated', (frame) => {
    const { pathname } = new URL(frame.url());
    if (frame === page.mainFrame() && visited.at(-1) !== pathname) visited = [...visited, pathname];
  });
  const begin = async () => {
    visited = [];
    await reader.open('/');
    await main.getByRole('region', { name: 'Sites' }).getByRole('row').nth(1).waitFor();
    clicks = 0;
  };
  const click = async (role: 'link' | 'option', name: string | RegExp, within = main) => {
    clicks += 1;
    await within.getByRole(role, { name }).first().click();
  };
  const cost = () => ({ clicks, pages: visited.length });

  // Which shop needs me? The first row has the reason. The list of issues is made once a minute.
  await begin();
  const first = main.getByRole('region', { name: 'Sites' }).getByRole('row').nth(1);
  await first.getByText('Clockwork & Daughters').waitFor();
  await first.getByText(new RegExp(`could not be delivered to ${platform}`)).waitFor({ timeout: 90_000 });
  expect({ question: 'which shop', ...cost() }).toEqual({ question: 'which shop', clicks: 0, pages: 1 });

  // Is all well in a shop, and since when not?
  await begin();
  await click('link', 'Clockwork & Daughters', first);
  const status = page.getByRole('region', { name: 'Status' });
  await status.getByText(`1 purchase could not be delivered to ${platform}`).first().waitFor();
  await main
    .getByText(/^(?:found|since) /)
    .first()
    .waitFor();
  expect({ question: 'all well', ...cost() }).toEqual({ question: 'all well', clicks: 1, pages: 1 });

  // Did an order of the shop arrive? The search over each page finds it. Opening the search counts as a click.
  await begin();
  await click('link', 'Clockwork & Daughters', first);
  await status.waitFor();
  clicks += 1;
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search' }).fill('2002');
  await click('option', /^Purchase, order 2002/, page.locator('body'));
  await page.getByRole('heading', { level: 1, name: /Purchase/ }).waitFor();
  expect({ question: 'arrived', ...cost() }).toEqual({ question: 'arrived', clicks: 3, pages: 2 });

  // Where is it, and why not there? The same page has the failing cell open.
  await page.getByText(`${platform}: answered, failed`).waitFor();
  expect({ question: 'why not there', ...cost() }).toEqual({ question: 'why not there', clicks: 3, pages: 2 });

  // Is a connection sending?
  await begin();
  await click('link', 'Clockwork & Daughters', first);
  await status.waitFor();
  await main
    .getByRole('link', { name: new RegExp(platform) })
    .first()
    .waitFor();
  await main
    .getByText(/Delivering\.|Up to date\./)
    .first()
    .waitFor();
  expect({ question: 'sending', ...cost() }).toEqual({ question: 'sending', clicks: 1, pages: 1 });
  expect(reader.pageErrors).toEqual([]);
});

test("a connection's state, reason and buttons are on the first screen of a phone", { timeout: 120_000 }, async () => {
  const { page } = reader;
  await page.setViewportSize(phone);
  scene.simulator.faults({ mode: '401' });
  await buy('purchase-held', '2003');
  const readSays = async () => (await callDashboard(reader, scene.gateway, 'GET', '/api/connections')).text;
  expect(await eventually(async () => (await readSays()).includes('does not accept the token'))).toBe(true);
  // Sessions end without requests.
  for (let hours = 0; hours < 6.2 * 24; hours += 8) {
    scene.advance(8 * 3_600_000);
    await readSays();
  }
  await reader.open('/sites/shop/destinations/bing');
  const panel = page.getByRole('region', { name: 'Delivery', exact: true });
  const parts = [
    panel.getByText('Unhealthy', { exact: true }),
    panel.getByRole('alert').filter({ hasText: /^First events lost in \d+ hours$/ }),
    panel.getByRole('status'),
    panel.getByRole('link', { name: /^Correct settings: / }),
    panel.getByRole('button', { name: 'Resume' }),
  ];
  const tops: number[] = [];
  for (const part of parts) {
    await part.waitFor();
    const box = await part.boundingBox();
    expect(box && box.y + box.height).toBeLessThan(phone.height);
    tops.push(box?.y ?? 0);
  }
  expect(tops).toEqual(tops.toSorted((a, b) => a - b));
});
