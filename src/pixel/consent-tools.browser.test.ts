import { afterEach, describe, expect, test } from 'vitest';
import type { Shopper } from '../../test/browser.fixture.ts';
import { eventually } from '../../test/gateway.fixture.ts';
import { sharePage, startAtNewOrigin } from '../../test/reused-page.fixture.ts';
import { startShop } from './pixel.fixture.ts';

const createShopper = sharePage();
const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** Opens a page under `strict`, with a consent tool's script before the snippet. */
async function visit(tool: string) {
  const shop = await startAtNewOrigin(() => startShop({ consent: { policy: 'strict' }, connections: [microsoft] }));
  ending.push(shop.close);
  const shopper = await createShopper();
  ending.push(shopper.close);
  shop.bodies['/'] = `<script>${tool}</script>`;
  await shopper.page.goto(shop.url);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  return { shop, shopper };
}

type Shop = Awaited<ReturnType<typeof startShop>>;

const run = ({ page }: Shopper, script: string) => page.evaluate(script);

/** Returns the consent of the next event. */
async function readConsent({ shop, shopper }: { shop: Shop; shopper: Shopper }, id = 'now') {
  await run(shopper, `convey('track', 'Lead', { id: '${id}' })`);
  expect(await eventually(() => shop.events().some((event) => event.id === id))).toBe(true);
  return shop.events().find((event) => event.id === id)?.consent;
}

async function staysSilent({ shop, shopper }: { shop: Shop; shopper: Shopper }): Promise<void> {
  await shopper.page.waitForTimeout(800);
  expect(shop.requests).toEqual([]);
}

const shopify = (marketing: string, allowed: boolean) => `window.Shopify = { customerPrivacy: {
  choice: '${marketing}', allowed: ${allowed},
  marketingAllowed() { return this.allowed }, saleOfDataAllowed() { return this.allowed },
  currentVisitorConsent() { return { marketing: this.choice } } } };`;
const tcf = (status: string, purposes: readonly number[], vendors: readonly number[]) => `
  window.__tcfapi = (command, version, listener) => {
    window.tellTcf = (eventStatus, purposes, vendors) => listener({
      cmpId: 28, cmpVersion: 134, eventStatus, gdprApplies: true,
      purpose: { consents: Object.fromEntries(purposes.map((each) => [each, true])) },
      vendor: { consents: Object.fromEntries(vendors.map((each) => [each, true])) } }, true);
    tellTcf('${status}', ${JSON.stringify(purposes)}, ${JSON.stringify(vendors)});
  };`;
const gtag = 'window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }';
const all = [1, 7, 9, 10];
const microsoft = { id: 'bing', destination: 'microsoft', enabled: true, settings: { tagId: '187012345', token: 'token' } };

describe("Shopify's customer privacy", () => {
  test("reports the shopper's choice, and each change", async () => {
    const page = await visit(shopify('yes', true));
    expect(await readConsent(page)).toMatchObject({ stated: 'granted', source: 'shopify' });
    const choose = "Shopify.customerPrivacy.choice = 'no'; Shopify.customerPrivacy.allowed = false;";
    await run(page.shopper, `${choose} document.dispatchEvent(new CustomEvent('visitorConsentCollected'))`);
    expect(await readConsent(page, 'later')).toMatchObject({ stated: 'denied', source: 'shopify' });
  });

  test("is a tool's default when it allows without a choice", async () => {
    await staysSilent(await visit(shopify('', true)));
  });

  test('is loaded when the shop has not loaded it', async () => {
    const load = `window.Shopify = { loadFeatures: (features, done) => { ${shopify('yes', true)} done() } };`;
    expect(await readConsent(await visit(load))).toMatchObject({ stated: 'granted', source: 'shopify' });
  });
});

test("the UET tag's own state is read, as a choice after an update", async () => {
  const state = (isUpdated: boolean) => `window.uetq = { push() {}, uetConfig: { consent: {
    enabled: true, adStorageAllowed: true, adStorageUpdated: ${isUpdated} } } };`;
  await staysSilent(await visit(state(false)));
  expect(await readConsent(await visit(state(true)))).toMatchObject({ stated: 'granted', source: 'uet' });
});

describe("Google's Consent Mode", () => {
  test('is read from the data layer: the default waits, the update counts', async () => {
    const page = await visit(`${gtag}; gtag('consent', 'default', { ad_storage: 'denied' });`);
    await staysSilent(page);
    await run(page.shopper, "gtag('consent', 'update', { ad_storage: 'granted' })");
    expect(await readConsent(page)).toMatchObject({ stated: 'granted', source: 'gcm' });
    await run(page.shopper, "gtag('consent', 'update', { ad_storage: 'denied' })");
    expect(await eventually(() => page.shop.signals().some(({ consent }) => consent.stated === 'denied'))).toBe(true);
    expect(await readConsent(page, 'later')).toMatchObject({ stated: 'denied', source: 'gcm' });
  });

  test('has the choices about single uses, and a change of one of them alone', async () => {
    const page = await visit(`${gtag}; gtag('consent', 'default', { ad_storage: 'denied', ad_user_data: 'denied' });`);
    const choose = (states: object) => run(page.shopper, `gtag('consent', 'update', ${JSON.stringify(states)})`);
    await choose({ ad_storage: 'granted', ad_user_data: 'granted', ad_personalization: 'denied' });
    expect(await readConsent(page)).toMatchObject({ stated: 'granted', adUserData: 'granted', adPersonalization: 'denied' });
    await choose({ ad_user_data: 'denied' });
    expect(await eventually(() => page.shop.signals().some(({ consent }) => consent.adUserData === 'denied'))).toBe(true);
    expect(await readConsent(page, 'later')).toMatchObject({ adUserData: 'denied', adPersonalization: 'denied' });
  });

  const trimming = `window.dataLayer = []; function gtag() { dataLayer.push(arguments) }
    dataLayer.push = (...entries) => { for (const entry of entries) dataLayer[dataLayer.length] = entry;
      dataLayer.splice(0, dataLayer.length - 300); return true };
    const wrap = (value) => ({ getUntrustedUpdateValue: () => value });
    const choose = (kind, adStorage) => ['consent', kind, { ad_storage: adStorage }];`;
  const push301 = 'for (let count = 301; count--; ) dataLayer.push({ event: `scroll` + count });';

  test('is read from a data layer that Tag Manager trims to 300 entries', async () => {
    const page = await visit(`${trimming} gtag('consent', 'default', { ad_storage: 'denied' }); ${push301}`);
    await staysSilent(page);
    await run(page.shopper, `${push301} gtag('consent', 'update', { ad_storage: 'granted' })`);
    expect(await readConsent(page)).toMatchObject({ stated: 'granted', source: 'gcm' });
    await page.shopper.page.waitForTimeout(700);
    // The grant that was removed still holds, and is replaced by the next choice alone.
    await run(page.shopper, push301);
    await page.shopper.page.waitForTimeout(700);
    expect(await readConsent(page, 'trimmed')).toMatchObject({ stated: 'granted', source: 'gcm' });
    await run(page.shopper, "gtag('consent', 'default', { ad_storage: 'denied' })");
    await page.shopper.page.waitForTimeout(700);
    expect(await readConsent(page, 'default')).toMatchObject({ stated: 'granted', source: 'gcm' });
    await run(page.shopper, "gtag('consent', 'update', { ad_storage: 'denied' })");
    expect(await eventually(() => page.shop.signals().some(({ consent }) => consent.stated === 'denied'))).toBe(true);
    expect(page.shopper.pageErrors).toEqual([]);
  });

  test("is read from the entries of Tag Manager's templates, which are wrapped", async () => {
    const page = await visit(`${trimming} dataLayer.push(wrap(choose('default', 'granted')), { get 0() { throw 1 } }, null);`);
    await staysSilent(page);
    await run(page.shopper, "dataLayer.push(wrap(choose('update', 'granted')))");
    expect(await readConsent(page)).toMatchObject({ stated: 'granted', source: 'gcm' });
  });

  test("is read from the state that Google's tags keep", async () => {
    const state = (entry: string) => `window.google_tag_data = { ics: { entries: { ad_storage: ${entry} } } };`;
    await staysSilent(await visit(state('{ default: true }')));
    expect(await readConsent(await visit(state('{ default: false, update: true }')))).toMatchObject({
      stated: 'granted',
      source: 'gcm',
    });
  });
});

describe('the TCF', () => {
  test('grants for Microsoft with its purposes, after the shopper chose', async () => {
    expect(await readConsent(await visit(tcf('tcloaded', all, [1126])))).toMatchObject({ stated: 'granted', source: 'tcf' });
    const page = await visit(tcf('cmpuishown', [], []));
    await staysSilent(page);
    await run(page.shopper, `tellTcf('useractioncomplete', ${JSON.stringify(all)}, [1126])`);
    expect(await readConsent(page)).toMatchObject({ stated: 'granted', source: 'tcf' });
    expect(page.shop.requests.at(-1)?.body).toContain('"version":"28.134"');
    expect(page.shop.tallies().at(-1)).toMatchObject({ source: 'tcf', version: '28.134', choice: 'granted' });
  });

  test.each([
    ['without profiles and personalized ads', all, 'denied'],
    ['with a profile, and without personalized ads', [...all, 3], 'denied'],
    ['with both', [...all, 3, 4], 'granted'],
  ])('has the choices about single uses, %s', async (_, purposes, adPersonalization) => {
    const consent = await readConsent(await visit(tcf('tcloaded', purposes, [1126])));
    expect(consent).toMatchObject({ stated: 'granted', adUserData: 'granted', adPersonalization });
  });

  test.each([
    ['one of the purposes', [1, 7, 9], [1126]],
    ['the vendor', all, [32]],
  ])('denies without %s', async (_, purposes, vendors) => {
    expect(await readConsent(await visit(tcf('tcloaded', purposes, vendors)))).toMatchObject({ stated: 'denied', source: 'tcf' });
  });
});

describe('several tools', () => {
  test("are read strongest first, and a choice takes precedence over a stronger one's default", async () => {
    expect(await readConsent(await visit(shopify('yes', true) + tcf('tcloaded', [], [])))).toMatchObject({ source: 'shopify' });
    expect(await readConsent(await visit(shopify('', true) + tcf('tcloaded', all, [1126])))).toMatchObject({ source: 'tcf' });
  });

  test("yield to the shop's own call", async () => {
    const page = await visit(shopify('no', false));
    await run(page.shopper, "convey('consent', { adStorage: 'granted' })");
    await page.shopper.page.waitForTimeout(700);
    expect(await readConsent(page)).toMatchObject({ stated: 'granted', source: 'call' });
  });

  test('do not break the page when they throw', async () => {
    const broken = `window.Shopify = { get customerPrivacy() { throw new Error('theirs') } };
      window.dataLayer = 7; window.uetq = null; window.__tcfapi = () => { throw new Error('theirs') };
      window.google_tag_data = { ics: 1 };`;
    const page = await visit(broken);
    await run(page.shopper, "convey('consent', { adStorage: 'granted' })");
    expect(await readConsent(page)).toMatchObject({ stated: 'granted', source: 'call' });
    expect(page.shopper.pageErrors).toEqual([]);
  });
});
