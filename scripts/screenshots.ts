import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { APIRequestContext } from 'playwright-core';
import { startMetaSimulator } from '../src/simulators/meta/simulator.ts';
import { launchBrowser } from '../test/browser.fixture.ts';
import { createDashboardUser, createFirstAccount, simulateShoppers, startScene } from '../test/dashboard.fixture.ts';

/** Takes the docs' screenshots of the dashboard, with a gateway, two platforms' simulators and shoppers of 36 hours. */

const hours = 36;
const hourMs = 3_600_000;
const out = join(import.meta.dirname, '../docs/images');

/** The screenshots, except the one of an event, whose id is known later. */
const pictures = [
  { name: 'overview', path: '/' },
  { name: 'set-up', path: '/sites/shop' },
  { name: 'destination', path: '/sites/shop/destinations/bing' },
  { name: 'events', path: '/sites/shop/events' },
];

mkdirSync(out, { recursive: true });
const datasetId = '1234567890123456';
const meta = await startMetaSimulator({ port: 0, tokens: { [datasetId]: 'EAAexample' } });
const settings = { datasetId, token: 'EAAexample', endpoint: meta.url };
const scene = await startScene({ agoMs: hours * hourMs, connections: [{ id: 'meta', destination: 'meta', settings }] });
const browser = await launchBrowser();
try {
  await simulateShoppers(scene, hours);
  await new Promise((resolve) => setTimeout(resolve, 5_000)); // Deliveries in flight finish.
  const first = await createDashboardUser(browser, scene.gateway);
  await createFirstAccount(first, scene.gateway);
  const storageState = await first.context.storageState();
  for (const colorScheme of ['light', 'dark'] as const) {
    const reader = await createDashboardUser(browser, scene.gateway, { storageState, colorScheme });
    for (const { name, path } of [
      ...pictures,
      { name: 'event', path: `/sites/shop/events/${await findIdentifiedPurchase(reader.context.request)}` },
    ]) {
      await reader.open(path);
      await reader.page.waitForTimeout(1_500); // Charts finish their animation.
      const file = `${name}-${colorScheme}.png`;
      await reader.page.screenshot({ path: join(out, file) });
      console.log(`docs/images/${file}`);
    }
    await reader.close();
  }
} finally {
  await browser.close();
  await scene.close();
  await meta.close();
}

/** Returns the id of the newest purchase that was delivered with click id and e-mail. */
async function findIdentifiedPurchase(request: APIRequestContext): Promise<string> {
  const query = 'event=Purchase&outcome=delivered&has=msclkid&has=email&limit=1';
  const answer = await request.get(`${scene.gateway.dashboard.url}/api/sites/shop/events?${query}`);
  const { events }: { events: { id: string }[] } = await answer.json();
  return events[0]?.id ?? '';
}
