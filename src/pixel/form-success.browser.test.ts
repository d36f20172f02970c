import { describe, expect } from 'vitest';
import type { Shopper } from '../../test/browser.fixture.ts';
import { defaultCapture } from '../event/capture-settings.ts';
import type { FormSuccess, LeadCapture } from '../event/lead-settings.ts';
import type { Site } from '../event/site.ts';
import {
  callPixel,
  denied,
  readBrowserStorage,
  type Shop,
  shareShopPages,
  strict,
  waitForEvents,
  waitForPixel,
} from './pixel-page.fixture.ts';

const test = shareShopPages();
const site = (success: FormSuccess, more: LeadCapture = {}): Partial<Site> => ({
  consent: { policy: 'granted' },
  capture: { ...defaultCapture, forms: [{ mode: 'on', selector: '#lead', event: 'Lead', fields: {}, success }], ...more },
});
interface Page {
  readonly shop: Shop;
  readonly shopper: Shopper;
}
const email = '<input name="your-email" autocomplete="email" value="jane@shop.example"><button id="send">Send</button>';
const inPage = `<form id="lead" onsubmit="event.preventDefault()">${email}</form>`;
const classic = (action: string) => `<form id="lead" method="post" action="${action}">${email}</form>`;

async function submitForm({ shop, shopper }: Page, body: string) {
  shop.bodies['/a'] = body;
  await shopper.page.goto(`${shop.url}/a`);
  await waitForPixel(shopper);
  await shopper.page.click('#send');
  await shopper.page.waitForTimeout(400);
}
const listReports = (shop: Shop) =>
  shop.requests.flatMap(({ body }) => [...JSON.parse(body).events, ...JSON.parse(body).signals]);
const findReport = (shop: Shop, name: string) => listReports(shop).find((report) => (report.name ?? report.type) === name);
const countLeads = (shop: Shop) => shop.events().filter(({ name }) => name === 'Lead').length;

describe.concurrent('a form with a sign of success', () => {
  test('waits for an element that appears', async ({ openShopPage }) => {
    const opened = await openShopPage(site({ selector: '.thanks' }));
    await submitForm(opened, `${inPage}<p class="thanks" style="display:none">Thanks</p>`);
    expect(findReport(opened.shop, 'Lead')).toBeUndefined();
    expect(await readBrowserStorage(opened.shopper)).not.toContain('_cv_lead');
    await opened.shopper.page.evaluate(() => document.querySelector('.thanks')?.removeAttribute('style'));
    await waitForEvents(opened.shop, 2);
    expect(findReport(opened.shop, 'Lead').user).toMatchObject({ email: 'jane@shop.example' });
    expect(findReport(opened.shop, 'identify')).toBeUndefined();
  });

  test('waits for a route of the same page', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(site({ url: '/de/*/thanks' }));
    await submitForm({ shop, shopper }, inPage);
    expect(findReport(shop, 'Lead')).toBeUndefined();
    await shopper.page.evaluate(() => history.pushState(null, '', '/de/contact/thanks/?id=1#top'));
    await waitForEvents(shop, 3);
    expect(countLeads(shop)).toBe(1);
    expect(await shopper.page.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
  });

  test('is no lead after ten seconds without it, nor on a page that comes later', async ({ openShopPage }) => {
    const opened = await openShopPage(site({ url: '/thanks' }));
    await submitForm(opened, `${inPage}<p class="thanks" style="display:none">Thanks</p>`);
    await opened.shopper.page.waitForTimeout(10_500);
    await opened.shopper.page.evaluate(() => history.pushState(null, '', '/thanks'));
    await callPixel(opened.shopper, 'track', 'Marker');
    await waitForEvents(opened.shop, 3);
    expect(countLeads(opened.shop)).toBe(0);
    await opened.shopper.page.goto(`${opened.shop.url}/other`);
    await waitForEvents(opened.shop, 4);
    await opened.shopper.page.goto(`${opened.shop.url}/thanks`);
    await opened.shopper.page.waitForTimeout(400);
    expect(countLeads(opened.shop)).toBe(0);
  });

  test('that loads a page reports the person at the submit, and the lead there under the same id', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(site({ url: '/thanks' }));
    await submitForm(
      { shop, shopper },
      `${classic('/thanks')}<script>addEventListener('pagehide', () => { localStorage.handed = sessionStorage._cv_lead })</script>`,
    );
    await waitForEvents(shop, 3);
    expect(findReport(shop, 'identify')).toMatchObject({ user: { email: 'jane@shop.example' }, page: { url: `${shop.url}/a` } });
    const [, id] = JSON.parse(await shopper.page.evaluate(() => localStorage.getItem('handed') ?? ''));
    const event = shop.events().find(({ name }) => name === 'Lead');
    expect(event).toMatchObject({ id, page: { url: `${shop.url}/thanks` }, properties: { capture: 'form' } });
    expect(await shopper.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain('jane');
    await shopper.page.reload();
    await waitForEvents(shop, 4);
    await shopper.page.waitForTimeout(400);
    expect(countLeads(shop)).toBe(1);
    expect(shopper.pageErrors).toEqual([]);
  });

  test('that is shown again with its faults is no lead', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(site({ url: '/thanks' }));
    await submitForm({ shop, shopper }, classic('/a'));
    await callPixel(shopper, 'track', 'Marker');
    await waitForEvents(shop, 3);
    expect(countLeads(shop)).toBe(0);
  });

  test('that loads its own page again is a lead if that shows the element', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(site({ selector: '.thanks' }));
    shop.bodies['/b'] = '<p class="thanks">Thanks</p>';
    await submitForm({ shop, shopper }, classic('/b'));
    await waitForEvents(shop, 3);
    expect(shop.events().find(({ name }) => name === 'Lead')).toMatchObject({ page: { url: `${shop.url}/b` } });
    expect(findReport(shop, 'identify')).toMatchObject({ user: { email: 'jane@shop.example' } });
  });

  test('stores nothing without a grant, and its lead is reported at the end of the page', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage({ ...site({ url: '/thanks' }), ...strict });
    shop.bodies['/thanks'] = `<script>convey('consent', ${JSON.stringify(denied)})</script>`;
    await submitForm({ shop, shopper }, `<script>convey('consent', ${JSON.stringify(denied)})</script>${classic('/thanks')}`);
    await waitForEvents(shop, 3);
    await shopper.page.waitForTimeout(300);
    expect(shop.events().filter(({ name }) => name === 'Lead')).toMatchObject([
      { consent: { effective: 'denied' }, page: { url: `${shop.url}/a` } },
    ]);
    expect(findReport(shop, 'identify')).toBeUndefined();
    expect(shop.requests.map(({ body }) => body).join()).not.toContain('jane');
    expect(await readBrowserStorage(shopper)).toEqual(['', '{}']);
  });

  test('is left to a data layer or a page that reports the event before its success', async ({ openShopPage }) => {
    const dataLayer = { mode: 'on', layer: ['dataLayer'], map: {} } as const;
    for (const own of ["dataLayer = [{ event: 'generate_lead' }]", "convey('track', 'lead')"]) {
      const { capture = defaultCapture } = site({ selector: '.thanks' });
      const { shop, shopper } = await openShopPage({ ...site({ selector: '.thanks' }), capture: { ...capture, dataLayer } });
      await submitForm({ shop, shopper }, inPage);
      await shopper.page.addScriptTag({ content: own });
      await shopper.page.evaluate(() => {
        document.body.append(Object.assign(document.createElement('p'), { className: 'thanks', textContent: 'Thanks' }));
      });
      await shopper.page.waitForTimeout(900);
      await callPixel(shopper, 'track', 'Marker');
      await waitForEvents(shop, 3);
      expect(shop.events().map(({ name }) => name.toLowerCase())).toEqual(['pageview', 'lead', 'marker']);
    }
  });

  test('waits for the signal of its service, whose id it has', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(site({ embed: 'typeform' }, { embeds: ['typeform', 'contact-form-7'] }));
    await submitForm({ shop, shopper }, inPage);
    expect(findReport(shop, 'Lead')).toBeUndefined();
    await shopper.page.evaluate(() => Reflect.get(window, 'conveyTypeform')({ responseId: 'resp-1' }));
    await waitForEvents(shop, 2);
    expect(findReport(shop, 'Lead')).toMatchObject({
      id: 'resp-1',
      user: { email: 'jane@shop.example' },
      properties: { capture: 'form' },
    });
    await shopper.page.waitForTimeout(300);
    expect(countLeads(shop)).toBe(1);
  });
});
