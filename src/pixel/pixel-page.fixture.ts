import { expect, onTestFinished, test } from 'vitest';
import { createShopper, getSharedBrowser, type Shopper } from '../../test/browser.fixture.ts';
import { eventually } from '../../test/gateway.fixture.ts';
import { sharePage, startAtNewOrigin } from '../../test/reused-page.fixture.ts';
import type { Site } from '../event/site.ts';
import { startShop } from './pixel.fixture.ts';

/** A shopper on pages with the pixel. What a test opens is closed at its end. */

export type Shop = Awaited<ReturnType<typeof startShop>>;

/** Creates a shop, and a shopper who has not opened a page yet. */
export async function openShopPage(site: Partial<Site> = {}, gpc = false): Promise<{ shop: Shop; shopper: Shopper }> {
  const shop = await startShop(site);
  onTestFinished(shop.close);
  const shopper = await createShopper(await getSharedBrowser());
  onTestFinished(shopper.close);
  if (gpc) await turnOnGpc(shopper);
  return { shop, shopper };
}

/** As many tests of a file run at once. */
const maxConcurrency = 5;

/**
 * Returns a test that gets a function like `openShopPage`. The tests of the file share pages with GPC and without: see `sharePage`. Tests that
 * run at the same time have different ones.
 */
export function shareShopPages() {
  const createPool = (prepare?: typeof turnOnGpc) => Array.from({ length: maxConcurrency }, () => sharePage(prepare));
  const [plainPages, gpcPages] = [createPool(), createPool(turnOnGpc)];
  return test.extend<{ openShopPage: typeof openShopPage }>({
    // biome-ignore lint/correctness/noEmptyPattern: the runner reads the fixture's dependencies from the pattern
    openShopPage: async ({}, use) => {
      let leave = async () => {};
      await use(async (site = {}, gpc = false) => {
        // A test may open several shops.
        await leave();
        const pages = gpc ? gpcPages : plainPages;
        const createSharedShopper = pages.pop();
        if (!createSharedShopper) throw new Error(`more than ${maxConcurrency} tests run at once`);
        const shop = await startAtNewOrigin(() => startShop(site));
        const shopper = await createSharedShopper();
        leave = async () => {
          leave = async () => {};
          await shopper.close();
          await shop.close();
          pages.push(createSharedShopper);
        };
        return { shop, shopper };
      });
      await leave();
    },
  });
}

async function turnOnGpc({ context }: Shopper): Promise<void> {
  await context.setExtraHTTPHeaders({ 'sec-gpc': '1' });
  await context.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }));
}

/** Calls `convey` on the page, like the shop's own script. */
export function callPixel({ page }: Shopper, ...call: readonly unknown[]): Promise<unknown> {
  return page.evaluate((input) => Reflect.apply(Reflect.get(window, 'convey'), undefined, input), call);
}

/** Makes several calls in one turn of the page, so that nothing is sent between them. */
export async function callPixelInOneTurn({ page }: Shopper, ...calls: readonly (readonly unknown[])[]): Promise<void> {
  await page.evaluate((raw) => {
    for (const call of raw) Reflect.apply(Reflect.get(window, 'convey'), undefined, call);
  }, calls);
}

/** Waits until `count` events are accepted. */
export async function waitForEvents(shop: Shop, count: number): Promise<void> {
  expect(await eventually(() => shop.events().length >= count, 40_000), JSON.stringify(shop.events())).toBe(true);
}

/** Waits until the pixel has replaced the snippet. */
export async function waitForPixel({ page }: Shopper): Promise<void> {
  await page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
}

export const strict: Partial<Site> = { consent: { policy: 'strict' } };
/** Returns the browser's data that the page's scripts can read: cookies, and both storages. */
export const readBrowserStorage = ({ page }: Shopper) =>
  page.evaluate(() => [document.cookie, JSON.stringify({ ...localStorage, ...sessionStorage })]);
export const granted = { adStorage: 'granted' };
export const denied = { adStorage: 'denied' };
export const person = { email: 'Jane.Doe+x@Example.com', phone: '+1 425 555 1234', externalId: 'cust-7' };
export const emailHash = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';
