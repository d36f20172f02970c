import { createServer, type Server } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getSharedBrowser } from '../browser.fixture.ts';
import {
  callDashboard,
  createDashboardUser,
  navigate,
  type Scene,
  sendServerEvents,
  signUp,
  startScene,
} from '../dashboard.fixture.ts';
import { eventually, writeKey } from '../gateway.fixture.ts';
import { auditPage } from '../page-audit.fixture.ts';

/**
 * A shop's pages are public, so the content of events and of platform responses is untrusted. Every field carries markup that would
 * run if a dashboard page inserted it as anything but text, and a word that is longer than a phone is wide.
 */

const mark = '__ran';
const word = 'w'.repeat(80);
const markups = [
  `<img src=x onerror="window.${mark}=1">`,
  `"><script>window.${mark}=1</script>`,
  `'"><svg onload=window.${mark}=1>`,
  `javascript:window.${mark}=1`,
  `{{constructor.constructor('window.${mark}=1')()}}`,
].map((markup) => `${markup}${word}`);

const connection = `b-${'i'.repeat(60)}`;
const hook = {
  ...{ id: `h-${'i'.repeat(60)}`, source: 'custom', secrets: ['a long secret of a service'] },
  signature: { scheme: 'header-token', header: 'X-Token' },
  events: [{ fields: { name: { const: 'Lead' }, 'properties.text': '/text', 'user.externalId': '/text' } }],
};
/** Pages with a section of each connection. */
const connectionPages: ReadonlySet<string> = new Set([
  '/',
  '/issues',
  '/alerts',
  '/sites/shop/accuracy',
  '/sites/shop/match-quality',
]);

/** Loads an image that does not exist. Its error event follows those of the images that the page inserted before. */
const awaitImageError = `new Promise((resolve) => {
  const image = new Image();
  image.onerror = resolve;
  image.src = 'x-marker';
})`;

/** Returns the visible elements that are wider than the page, or whose text is cut without a title that has all of it. */
const findWide = `() => {
  const scrolls = (one) => one !== null && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  const isCut = (one) => /hidden|clip/.test(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1;
  const isWide = (one) => one.getBoundingClientRect().right > innerWidth + 1 || (one.innerText && !one.title && isCut(one));
  const all = [...document.querySelectorAll('header *, main *')].filter((one) => one.checkVisibility() && !one.closest('.unseen, input'));
  return { wide: all.filter((one) => isWide(one) && !scrolls(one.parentElement)).map((one) => one.tagName + ' ' + one.className).slice(0, 5) };
}`;

let browser: Browser;
let platform: Server;
let scene: Scene;
let ids: readonly string[];

beforeAll(async () => {
  browser = await getSharedBrowser();
  // Every response of this platform has hostile rows, codes and messages.
  platform = createServer((request, response) => {
    request.resume();
    const [markup = ''] = markups;
    const details = [{ index: 0, propertyName: markup, errorCode: markup, errorMessage: markup, attemptedValue: markup }];
    request.on('end', () => {
      response.statusCode = 400;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ error: { code: markup, message: markup, details }, traceId: markup }));
    });
  });
  await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', resolve));
  const address = platform.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const settings = { tagId: '187012345', token: 'good-token', endpoint: `http://127.0.0.1:${port}` };
  const [name = ''] = markups;
  const connections = [connection, 'bing'].map((id) => ({ id, destination: 'microsoft', settings }));
  scene = await startScene({ site: { name, connections, hooks: [hook] } });
  ids = markups.map((markup, index) => `${index}-${markup}`.slice(0, 128));
  for (const [index, markup] of markups.entries()) {
    const url = `https://shop.example/p?q=${encodeURIComponent(markup)}`;
    const event = {
      id: ids[index],
      name: 'Purchase',
      page: {
        url,
        referrer: `https://shop.example/${markup}`,
        title: markup,
        keywords: markup,
        loadId: markup,
        browserTag: markup,
      },
      user: {
        email: `${markup}@shop.example`,
        phone: markup,
        emailSha256: markup,
        externalId: markup,
        anonymousId: markup.slice(0, 60),
        ip: markup,
        userAgent: markup,
        country: markup,
        idfa: markup,
        gaid: markup,
      },
      clickIds: { msclkid: markup, [markup.slice(0, 60)]: markup },
      consent: { adStorage: 'granted', source: 'server', explicit: true },
      commerce: {
        value: 12.5,
        currency: markup,
        orderId: markup,
        pageType: markup,
        category: markup,
        searchTerm: markup,
        items: [
          { id: markup, name: markup, price: 12.5, quantity: 1, brand: markup, category: markup, variant: markup, sku: markup },
        ],
        hotel: { partnerHotelId: markup, bookingHref: markup, checkinDate: markup },
      },
      goal: { category: markup, label: markup, value: 3 },
      properties: { [markup]: markup, nested: { [markup]: [markup] } },
    };
    await sendServerEvents(scene.gateway, [
      event,
      { ...event, id: markup, name: markup },
      { ...event, id: `${markup}-late`, time: '2020-01-01' },
    ]);
    await fetch(`${scene.gateway.url}/e`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', origin: 'https://shop.example', 'user-agent': markup },
      body: JSON.stringify({
        writeKey,
        events: [event],
        signals: [{ id: markup, type: 'identify', user: { externalId: markup } }],
      }),
    });
  }
});
afterAll(async () => {
  await scene.close();
  platform.closeAllConnections();
  platform.close();
});

test('no field of an event or of a platform response runs, sticks out or is cut on any page of a phone', {
  timeout: 240_000,
}, async () => {
  const reader = await createDashboardUser(browser, scene.gateway);
  const { page } = reader;
  await page.clock.setSystemTime(Date.now() - 3 * 3_600_000);
  let dialogs = 0;
  page.on('dialog', (dialog) => {
    dialogs += 1;
    void dialog.dismiss();
  });
  await signUp(reader, scene.gateway);
  const call = (method: string, path: string, data?: unknown) => callDashboard(reader, scene.gateway, method, path, data);
  const getDeadLetters = async () => (await call('GET', '/api/sites/shop/dead-letters')).text;
  expect(await eventually(async () => (await getDeadLetters()).includes('onerror'))).toBe(true);

  const invitation = { role: 'per-site', sites: [{ site: 'shop', role: 'viewer' }], label: markups[0]?.slice(0, 60) };
  expect((await call('POST', '/api/invitations', invitation)).status).toBe(200);

  const view = { name: markups[0]?.slice(0, 60), query: `text=${encodeURIComponent(markups[0] ?? '')}` };
  expect((await call('POST', '/api/sites/shop/views', view)).status).toBe(200);
  const csv = (await call('GET', '/api/sites/shop/events.csv')).text;
  // Convey replaces the ids that have spaces or quotes.
  expect(csv).toContain('{{constructor');
  expect(csv.split(/\r\n|,/).filter((cell) => /^"?[=+@\t]/.test(cell))).toEqual([]);

  // The gateway keeps the body of a hook while an editor asks for its preview.
  const hookPath = `/sites/shop/hooks/${hook.id}`;
  expect((await call('POST', `/api${hookPath}/preview`, {})).status).toBe(200);
  for (const markup of markups) {
    const body = JSON.stringify({ [markup.slice(0, 80)]: markup, ['k'.repeat(80)]: markup, text: markup, code: word });
    const init = { method: 'POST', body, headers: { 'X-Token': 'a long secret of a service' } };
    expect((await fetch(`${scene.gateway.url}/hooks/custom/shop/${hook.id}`, init)).status).toBe(200);
  }

  const filter = encodeURIComponent(markups[0] ?? '');
  const [first, second, third, fourth, fifth] = ids.map((id) => `/sites/shop/events/${encodeURIComponent(id)}`);
  // Neighbours have different titles: see `navigate`.
  const paths = [
    '/',
    '/sites',
    '/issues',
    '/alerts',
    '/activity',
    '/accounts',
    '/account',
    '/sites/shop',
    '/sites/shop/settings',
    hookPath,
    '/sites/shop/events',
    first,
    `/sites/shop/events?text=${filter}&event=${filter}`,
    second,
    '/sites/shop/rejections',
    third,
    `/sites/shop/events?reason=${filter}&rejected=name-invalid`,
    '/sites/shop/destinations',
    fourth,
    '/sites/shop/destinations/bing',
    fifth,
    '/sites/shop/destinations/bing?tab=failed',
    `/sites/shop/destinations/${connection}`,
    '/sites/shop/match-quality',
    `/sites/shop/destinations/${connection}?tab=settings`,
    '/sites/shop/accuracy',
    '/sites/shop/rules',
    '/sites/shop/consent',
    '/sites/shop/guides/onboarding',
    `/sites/${filter}`,
    `/sign-in?to=${encodeURIComponent('javascript:window.__ran=1')}`,
  ].filter((path) => path !== undefined);
  await page.setViewportSize({ width: 390, height: 900 });
  let pagesWithMarkup = 0;
  for (const path of paths) {
    // The other test of all pages loads each of them anew.
    if (path === paths[0]) await reader.open(path);
    else await navigate(page, path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByLabel('Loading', { exact: true }).first().waitFor({ state: 'detached' });
    await page.evaluate(awaitImageError);
    const result = await page.evaluate(`({
      ran: window.${mark} !== undefined,
      made: document.querySelectorAll('img[src="x"], svg[onload], [onerror], [onload]').length,
      links: [...document.querySelectorAll('a')].filter(({ protocol }) => !/^(https?:|mailto:|blob:|data:)?$/.test(protocol)).length,
      ...(${findWide})(),
      text: document.body.innerText.includes('onerror'),
    })`);
    expect([path, result]).toEqual([path, { ran: false, made: 0, links: 0, wide: [], text: expect.any(Boolean) }]);
    if (connectionPages.has(path)) expect([path, (await auditPage(page)).violations]).toEqual([path, []]);
    // The gateway's clock is three hours ahead of the browser's.
    if (path === '/accounts') await page.getByText(/^Added (?:now|\d+ (?:second|minute)s? ago)$/).waitFor();
    if (JSON.stringify(result).includes('"text":true')) pagesWithMarkup += 1;
  }
  // The markup was displayed on these pages, so its absence is not the reason that it did not run.
  expect(pagesWithMarkup).toBeGreaterThan(4);
  expect(dialogs).toBe(0);
  expect(reader.strayRequests).toEqual([]);
  await reader.close();
});
