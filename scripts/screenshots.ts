import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIRequestContext, Page } from 'playwright-core';
import { startMetaSimulator } from '../src/simulators/meta/simulator.ts';
import { launchBrowser } from '../test/browser.fixture.ts';
import {
  callDashboard,
  createDashboardUser,
  createFirstAccount,
  type DashboardUser,
  password,
  simulateShoppers,
  startScene,
} from '../test/dashboard.fixture.ts';
import { compressPng } from './compress-png.ts';

/**
 * Takes the docs' screenshots of the dashboard, with a gateway, two platforms' simulators and shoppers of 36 hours. Meta refuses the token in
 * the last hours, and some events before.
 */

const hours = 36;
const hourMs = 3_600_000;
/** The faults of Meta, by the hour before the end at which each begins. */
const faults: Readonly<Record<number, Readonly<Record<string, unknown>>>> = {
  [-12]: { mode: 'reject', count: 4 },
  [-3]: { mode: '401' },
};
const out = join(import.meta.dirname, '../docs/images');

interface Picture {
  readonly name: string;
  readonly path: string;
  /** Opens a part of the page. */
  readonly open?: (page: Page) => Promise<void>;
}

/** The screenshots in light and dark, except the one of an event, whose id is known later. */
const pictures: readonly Picture[] = [
  { name: 'overview', path: '/?site=shop' },
  { name: 'set-up', path: '/sites/shop' },
  { name: 'destination', path: '/sites/shop/destinations/bing' },
  { name: 'events', path: '/sites/shop/events' },
];

/** The screenshots in light alone. */
const lightPictures: readonly Picture[] = [
  { name: 'portfolio', path: '/' },
  { name: 'issues', path: '/issues' },
  { name: 'activity', path: '/activity' },
  { name: 'match-quality', path: '/sites/shop/match-quality' },
  { name: 'accuracy', path: '/sites/shop/accuracy' },
  { name: 'consent', path: '/sites/shop/consent' },
  { name: 'rules', path: '/sites/shop/rules' },
  { name: 'alerts', path: '/alerts' },
  { name: 'failed', path: '/sites/shop/destinations/meta?tab=failed' },
  { name: 'settings', path: '/sites/shop/destinations/bing?tab=settings' },
  { name: 'connection-activity', path: '/sites/shop/destinations/bing?tab=activity' },
  { name: 'privacy', path: '/sites/shop/privacy' },
  { name: 'accounts', path: '/accounts' },
  {
    name: 'search',
    path: '/sites/shop/events',
    async open(page) {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.type('meta');
    },
  },
];

mkdirSync(out, { recursive: true });
const datasetId = '1234567890123456';
const meta = await startMetaSimulator({ port: 0, tokens: { [datasetId]: 'EAAexample' } });
const settings = { datasetId, token: 'EAAexample', endpoint: meta.url };
const tea = { id: 'tea', name: 'The tea house', domains: ['tea.example'], writeKey: 'wk_tea_example' };
const scene = await startScene({
  agoMs: hours * hourMs,
  connections: [{ id: 'meta', destination: 'meta', settings }],
  otherSites: [tea],
  config: {
    collector: {
      ...{ host: '127.0.0.1', port: 0, trustedProxies: ['127.0.0.1'], countryHeader: 'cf-ipcountry' },
      perAddress: { perSecond: 100_000, burst: 1_000_000 },
    },
  },
});
const browser = await launchBrowser();
try {
  await simulateShoppers(scene, hours, undefined, async (hour) => {
    const fault = faults[hour - hours];
    if (!fault) return;
    await settle();
    await setFault(fault);
  });
  await settle();
  const first = await createDashboardUser(browser, scene.gateway);
  await createFirstAccount(first, scene.gateway);
  await makeChanges(first);
  const storageState = await first.context.storageState();
  for (const colorScheme of ['light', 'dark'] as const) {
    const reader = await createDashboardUser(browser, scene.gateway, { storageState, colorScheme });
    for (const { name, path, open } of [
      ...pictures,
      { name: 'event', path: `/sites/shop/events/${await findIdentifiedPurchase(reader.context.request)}` },
      ...(colorScheme === 'light' ? lightPictures : []),
    ]) {
      await reader.open(path);
      await reader.page.waitForTimeout(1_500); // Charts finish their animation.
      await open?.(reader.page);
      if (open) await reader.page.waitForTimeout(700);
      const file = `${name}-${colorScheme}.png`;
      writeFileSync(join(out, file), await compressPng(first.page, await reader.page.screenshot()));
      console.log(`docs/images/${file}`);
    }
    await reader.close();
  }
} finally {
  await browser.close();
  await scene.close();
  await meta.close();
}

/** Waits until deliveries in flight finish. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 4_000));
}

async function setFault(fault: Readonly<Record<string, unknown>>): Promise<void> {
  await fetch(`${meta.url}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
}

/** Makes changes for the page of activity. */
async function makeChanges(owner: DashboardUser): Promise<void> {
  const call = (method: string, path: string, data: unknown) => callDashboard(owner, scene.gateway, method, path, data);
  await call('POST', '/api/accounts', { name: 'vera@shop.example', role: 'viewer', password });
  await call('POST', '/api/sites/shop/connections/bing/pause', {});
  await call('POST', '/api/sites/shop/connections/bing/resume', {});
}

/** Returns the id of the newest purchase that was delivered with click id and e-mail. */
async function findIdentifiedPurchase(request: APIRequestContext): Promise<string> {
  const query = 'event=Purchase&outcome=delivered&has=msclkid&has=email&limit=1';
  const answer = await request.get(`${scene.gateway.dashboard.url}/api/sites/shop/events?${query}`);
  const { events }: { events: { id: string }[] } = await answer.json();
  return events[0]?.id ?? '';
}
