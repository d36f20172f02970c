import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../test/gateway.fixture.ts';
import type { Site } from '../event/site.ts';
import {
  callPixel,
  denied,
  granted,
  openShopPage,
  readBrowserStorage,
  waitForEvents,
  waitForPixel,
} from './pixel-page.fixture.ts';

/** The shop is `127.0.0.1`, its checkout `localhost`: browsers keep their cookies apart. */
const site: Partial<Site> = {
  domains: ['127.0.0.1', 'localhost'],
  capture: { dataLayer: { mode: 'off', layer: ['dataLayer'], map: {} }, links: ['localhost'] },
  linkKeys: [Buffer.alloc(32, 7).toString('base64url')],
};
type Scene = Awaited<ReturnType<typeof openShopPage>> & { readonly checkout: string };

async function openScene(more: Partial<Site> = {}): Promise<Scene> {
  const scene = await openShopPage({ ...site, ...more });
  return { ...scene, checkout: scene.shop.url.replace('127.0.0.1', 'localhost') };
}

/** Opens a page of the shop with this content. With a grant it returns once the browser has its visitor. */
async function openShop({ shop, shopper }: Scene, body: string, isGranted = true): Promise<void> {
  shop.bodies['/a'] = body;
  await shopper.page.goto(`${shop.url}/a`);
  await waitForPixel(shopper);
  if (isGranted) await waitForCookie(shopper.page, '127.0.0.1');
}

async function waitForCookie(page: Page, domain: string): Promise<string> {
  const read = async () => (await page.context().cookies()).find((one) => one.name === '_cv_id' && one.domain === domain)?.value;
  expect(await eventually(async () => (await read()) !== undefined)).toBe(true);
  return (await read()) ?? '';
}

const countAsked = ({ shop }: Scene) => shop.requests.filter(({ body }) => body.includes('"linkTo"')).length;
/** Points at the link, and waits for its token. */
async function pointAt({ shop, shopper: { page } }: Scene, selector: string, by: 'hover' | 'focus' = 'hover'): Promise<void> {
  const asked = page.waitForResponse((response) => response.request().postData()?.includes('"linkTo"') === true);
  await (by === 'hover' ? page.hover(selector) : page.focus(selector));
  expect((await (await asked).json()).link).toMatch(/^1\./);
  expect(shop.requests.length).toBeGreaterThan(0);
}

const anchor = (url: string, more = '') => `<a id="go" href="${url}" ${more}>Pay</a>`;
/** Records the address that each click would open, in place of opening it. */
const recordClicks = ({ shopper: { page } }: Scene) =>
  page.evaluate(() => {
    const seen: (string | null)[] = [];
    Object.assign(window, { seen });
    for (const type of ['click', 'auxclick', 'submit'])
      addEventListener(type, (event) => {
        event.preventDefault();
        const node = event.composedPath().find((each) => each instanceof Element && each.matches('a,form'));
        if (node instanceof Element) seen.push(node.getAttribute('href') ?? node.getAttribute('action'));
      });
  });
const readSeen = ({ shopper: { page } }: Scene): Promise<readonly string[]> => page.evaluate(() => Reflect.get(window, 'seen'));
const links = ({ shop }: Scene) => shop.signals().filter(({ name }) => name === '$link');

/** Checks that no stored record, and no storage of the browser, has a token. */
async function expectNoToken({ shop, shopper }: Scene): Promise<void> {
  expect(JSON.stringify([shop.events(), shop.signals()])).not.toContain('_cvl');
  expect(JSON.stringify(await readBrowserStorage(shopper))).not.toMatch(/_cvl|\b1\.[\w-]{60}/);
  expect(await shopper.page.evaluate(() => location.href)).not.toContain('_cvl');
  expect(shopper.pageErrors).toEqual([]);
}

describe('a link to the checkout', () => {
  test('carries the visitor, and neither the address, nor an event, nor the storage has the token', async () => {
    const scene = await openScene();
    const { shop, shopper, checkout } = scene;
    await openShop(scene, anchor(`${checkout}/b?x=1#top`));
    const visitor = await waitForCookie(shopper.page, '127.0.0.1');
    await pointAt(scene, '#go');
    await shopper.page.click('#go');
    await waitForEvents(shop, 2);
    expect(shopper.page.url()).toBe(`${checkout}/b?x=1#top`);
    expect(await waitForCookie(shopper.page, 'localhost')).toBe(visitor);
    expect(shop.events().map(({ page, identity }) => [page.url, identity.anonymousId])).toEqual([
      [`${shop.url}/a`, visitor],
      [`${checkout}/b?x=1#top`, visitor],
    ]);
    expect(links(scene)).toMatchObject([{ identity: { anonymousId: visitor } }]);
    await callPixel(shopper, 'track', 'Lead');
    await waitForEvents(shop, 3);
    await shopper.page.reload();
    await waitForEvents(shop, 4);
    expect(links(scene)).toHaveLength(1);
    expect(new Set(shop.events().map(({ identity }) => identity.anonymousId))).toEqual(new Set([visitor]));
    await expectNoToken(scene);
  });

  test('joins the visitor that the checkout knows already, who stays', async () => {
    const scene = await openScene();
    const { shop, shopper, checkout } = scene;
    await shopper.page.goto(`${checkout}/b`);
    const own = await waitForCookie(shopper.page, 'localhost');
    await openShop(scene, anchor(`${checkout}/b`));
    const visitor = await waitForCookie(shopper.page, '127.0.0.1');
    await pointAt(scene, '#go');
    await shopper.page.click('#go');
    await waitForEvents(shop, 3);
    expect(await waitForCookie(shopper.page, 'localhost')).toBe(own);
    expect(shop.events().at(-1)?.identity.anonymousId).toBe(own);
    expect(links(scene)).toMatchObject([{ identity: { anonymousId: own, joined: visitor } }]);
    await expectNoToken(scene);
  });

  test('has its token at a click with a button or a modifier and by Enter, each time another, and then is as before', async () => {
    const scene = await openScene();
    const { page } = scene.shopper;
    await openShop(scene, anchor(`${scene.checkout}/b`));
    await recordClicks(scene);
    for (const click of [
      () => page.click('#go'),
      () => page.click('#go', { modifiers: ['Control'] }),
      () => page.click('#go', { button: 'middle' }),
    ]) {
      await page.mouse.move(0, 400);
      await pointAt(scene, '#go');
      await click();
      await page.waitForFunction(() => !document.querySelector('#go')?.getAttribute('href')?.includes('_cvl'));
    }
    await page.mouse.move(0, 400);
    await page.evaluate(() => document.querySelector<HTMLElement>('#go')?.blur());
    await pointAt(scene, '#go', 'focus');
    await page.keyboard.press('Enter');
    const seen = await readSeen(scene);
    expect(seen).toHaveLength(4);
    for (const href of seen) expect(href).toMatch(/^http:\/\/localhost:\d+\/b\?&_cvl=1\.[\w-]+\.[\w-]{22}$/);
    expect(new Set(seen).size).toBe(4);
    await page.waitForFunction(() => !document.querySelector('#go')?.getAttribute('href')?.includes('_cvl'));
    expect(await page.getAttribute('#go', 'href')).toBe(`${scene.checkout}/b`);
  });

  test('has none if it is a download, leads elsewhere, stays on the domain, or is only copied', async () => {
    const scene = await openScene({
      capture: { dataLayer: { mode: 'off', layer: [], map: {} }, links: ['localhost', '127.0.0.1'] },
    });
    const { page } = scene.shopper;
    await openShop(
      scene,
      `<a id="download" href="${scene.checkout}/b" download>A</a> <a id="other" href="https://localhost.other.example/">B</a>
       <a id="own" href="${scene.shop.url}/c">C</a> <a id="mail" href="mailto:jane@localhost">D</a> ${anchor(`${scene.checkout}/b`)}`,
    );
    await recordClicks(scene);
    for (const id of ['download', 'other', 'own', 'mail']) await page.click(`#${id}`);
    expect(countAsked(scene)).toBe(0);
    await pointAt(scene, '#go');
    await page.click('#go', { button: 'right' });
    expect([...(await readSeen(scene)), await page.getAttribute('#go', 'href')].join()).not.toContain('_cvl');
  });

  test.each(['get', 'post'])('may be a form that is sent by %s', async (method) => {
    const scene = await openScene();
    const { shop, shopper, checkout } = scene;
    await openShop(
      scene,
      `<form action="${checkout}/b" method="${method}"><input name="x" value="1"><button>Pay</button></form>`,
    );
    const visitor = await waitForCookie(shopper.page, '127.0.0.1');
    await pointAt(scene, 'button');
    await shopper.page.click('button');
    await waitForEvents(shop, 2);
    expect(shop.events()[1]).toMatchObject({
      page: { url: `${checkout}/b${method === 'get' ? '?x=1' : ''}` },
      identity: { anonymousId: visitor },
    });
    await expectNoToken(scene);
  });

  test('is opened at once if the gateway does not answer', async () => {
    const scene = await openScene();
    const { shop, shopper, checkout } = scene;
    await openShop(scene, anchor(`${checkout}/b`));
    const { release } = shop.holdAnswers();
    await shopper.page.hover('#go');
    await shopper.page.click('#go');
    expect(shopper.page.url()).toBe(`${checkout}/b`);
    release();
    expect(links(scene)).toEqual([]);
    expect(shopper.pageErrors).toEqual([]);
  });

  test('has none without a grant, and the choice after the token counts', async () => {
    const scene = await openScene({ consent: { policy: 'strict' } });
    const { shop, shopper, checkout } = scene;
    await openShop(scene, anchor(`${checkout}/b`), false);
    await recordClicks(scene);
    await shopper.page.click('#go');
    expect(countAsked(scene)).toBe(0);
    await callPixel(shopper, 'consent', granted);
    await waitForCookie(shopper.page, '127.0.0.1');
    await shopper.page.mouse.move(0, 400);
    await pointAt(scene, '#go');
    await callPixel(shopper, 'consent', denied);
    await shopper.page.click('#go');
    expect((await readSeen(scene)).join()).not.toContain('_cvl');
    await waitForEvents(shop, 1);
  });
});

describe('the page that a link leads to', () => {
  /** Asks for a token as the shop's page does. */
  const ask = ({ shopper: { page }, checkout }: Scene) =>
    page.evaluate((url) => Reflect.get(window, 'convey')('link', url), `${checkout}/b?x=1`);

  test('sends the token only after a grant, and never after a denial', async () => {
    const scene = await openScene({ consent: { policy: 'strict' } });
    const { shop, shopper, checkout } = scene;
    await openShop(scene, '', false);
    await callPixel(shopper, 'consent', granted);
    const visitor = await waitForCookie(shopper.page, '127.0.0.1');
    const [first, second] = [await ask(scene), await ask(scene)];
    await shopper.page.goto(first);
    await waitForPixel(shopper);
    expect(shopper.page.url()).toBe(`${checkout}/b?x=1`);
    expect(links(scene)).toEqual([]);
    await callPixel(shopper, 'consent', granted);
    expect(await waitForCookie(shopper.page, 'localhost')).toBe(visitor);
    expect(links(scene)).toHaveLength(1);
    await shopper.context.clearCookies({ domain: 'localhost' });
    await shopper.page.evaluate(() => localStorage.clear());
    await shopper.page.goto(second);
    await waitForPixel(shopper);
    await callPixel(shopper, 'consent', denied);
    expect(await eventually(() => shop.events().length >= 3)).toBe(true);
    expect(links(scene)).toHaveLength(1);
    expect(shop.requests.filter(({ body }) => body.includes('"link":'))).toHaveLength(1);
    await expectNoToken(scene);
  });

  test.each([
    ['forged', '_cvl=1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA'],
    ['markup', '_cvl=<img src=x onerror=alert(1)>'],
    ['empty', '_cvl='],
    ['long', `_cvl=1.${'A'.repeat(6_000)}.x`],
    ['repeated', '_cvl=1.a.b&_cvl=1.c.d'],
  ])('counts its view with a token that is %s', async (_, query) => {
    const scene = await openScene();
    await scene.shopper.page.goto(`${scene.checkout}/b?x=1&${query}`);
    await waitForEvents(scene.shop, 1);
    expect(scene.shop.events()[0]?.page.url).toMatch(/\/b\?x=1/);
    expect(links(scene)).toEqual([]);
    expect(scene.shopper.pageErrors).toEqual([]);
  });

  test('keeps the rest of its address', async () => {
    const scene = await openScene();
    const { shop, shopper, checkout } = scene;
    await openShop(scene, '');
    for (const [query, rest] of [
      ['?&_cvl=TOKEN', ''],
      ['?_cvl=TOKEN#a?b', '#a?b'],
      ['?a=%20+b&_cvl=TOKEN&utm=1#/r', '?a=%20+b&utm=1#/r'],
      ['?&_cvl=TOKEN&utm=1', '?&utm=1'],
    ]) {
      await shopper.page.goto(`${shop.url}/a`);
      await waitForPixel(shopper);
      const token = new URL(await ask(scene)).searchParams.get('_cvl') ?? '';
      await shopper.page.goto(`${checkout}/b${query?.replace('TOKEN', token)}`);
      await waitForPixel(shopper);
      expect(shopper.page.url()).toBe(`${checkout}/b${rest}`);
    }
  });

  test('is opened by a script with the address of `link`, which resolves as it is for another domain', async () => {
    const scene = await openScene();
    await openShop(scene, '');
    expect(await ask(scene)).toMatch(/^http:\/\/localhost:\d+\/b\?x=1&_cvl=1\./);
    const resolve = (url: string) =>
      scene.shopper.page.evaluate((given) => Reflect.get(window, 'convey')('link', given), url) as Promise<string>;
    expect(await resolve('https://other.example/a?b#c')).toBe('https://other.example/a?b#c');
    expect(await resolve('/c')).toBe(`${scene.shop.url}/c`);
    scene.shop.answers.push({ status: 503 });
    expect(await resolve(`${scene.checkout}/b`)).toBe(`${scene.checkout}/b`);
    await callPixel(scene.shopper, 'consent', denied);
    expect(await resolve(`${scene.checkout}/b`)).toBe(`${scene.checkout}/b`);
  });
});
