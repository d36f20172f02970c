import { describe, expect } from 'vitest';
import { eventually } from '../../test/gateway.fixture.ts';
import {
  callPixel,
  callPixelInOneTurn,
  denied,
  emailHash,
  granted,
  person,
  readBrowserStorage,
  shareShopPages,
  strict,
  waitForEvents,
  waitForPixel,
} from './pixel-page.fixture.ts';

const test = shareShopPages();

describe.concurrent('identify and reset', () => {
  test('are sent as signals; the person is sent with later events of the page, and never stored', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForPixel(shopper);
    shop.answers.push({ status: 503 }, { status: 503 }, { status: 503 });
    await callPixel(shopper, 'identify', person);
    await callPixel(shopper, 'track', 'Lead', { id: 'known', properties: { note: 'write to jane.doe@example.com' } });
    expect(await eventually(async () => (await readBrowserStorage(shopper))[1]?.includes('known') === true)).toBe(true);
    const [, storage = ''] = await readBrowserStorage(shopper);
    expect(storage).not.toMatch(/jane|555.?1234|cust-7/i);
    await waitForEvents(shop, 2);
    expect(shop.events().find(({ id }) => id === 'known')?.identity.forms).toMatchObject({ emailMicrosoft: emailHash });
    expect(shop.signals()).toMatchObject([{ name: '$identify', identity: { forms: { emailMicrosoft: emailHash } } }]);
  });

  test('forgets the person on reset, and creates a new visitor for later events', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await callPixel(shopper, 'identify', person);
    await waitForEvents(shop, 1);
    await callPixel(shopper, 'track', 'Lead', { id: 'before' });
    await callPixel(shopper, 'reset');
    await callPixel(shopper, 'track', 'Lead', { id: 'after' });
    await waitForEvents(shop, 3);
    const [, before, after] = shop.events();
    expect([before?.id, after?.id]).toEqual(['before', 'after']);
    expect(before?.identity.forms).toMatchObject({ emailMicrosoft: emailHash });
    expect(after?.identity.forms).toEqual({});
    expect(after?.identity.anonymousId).toMatch(/^[0-9a-f]{32}$/);
    expect(after?.identity.anonymousId).not.toBe(before?.identity.anonymousId);
    expect(shop.signals().map(({ name }) => name)).toEqual(['$identify', '$reset']);
  });
});

describe.concurrent('a reset', () => {
  test('applies after an event of the same moment, and does not assign it to the next person', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    await shopper.page.evaluate((known) => {
      const convey = Reflect.get(window, 'convey');
      convey('identify', known);
      convey('track', 'Lead', { id: 'before' });
      convey('reset');
      convey('track', 'Lead', { id: 'after' });
    }, person);
    await waitForEvents(shop, 3);
    const byId = (id: string) => shop.events().find((event) => event.id === id)?.identity;
    expect(byId('before')?.anonymousId).toBe(shop.events()[0]?.identity.anonymousId);
    expect(byId('after')?.anonymousId).not.toBe(byId('before')?.anonymousId);
    expect(byId('after')?.forms).toEqual({});
  });

  test('is sent again with the reports of a leaving page while its response is pending', async ({ openShopPage, expect }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    const { release } = shop.holdAnswers();
    await callPixel(shopper, 'reset');
    expect(await eventually(() => shop.requests.length === 2)).toBe(true);
    await callPixel(shopper, 'track', 'Lead', { id: 'after' });
    await shopper.page.goto('about:blank');
    expect(await eventually(() => shop.requests.length > 2)).toBe(true);
    release();
    await waitForEvents(shop, 2);
    const [before, after] = shop.events();
    expect(after?.id).toBe('after');
    expect(after?.identity.anonymousId).not.toBe(before?.identity.anonymousId);
    const cookie = async () => (await shopper.context.cookies()).find(({ name }) => name === '_cv_id')?.value;
    await expect.poll(cookie).toBe(after?.identity.anonymousId);
  });
});

describe.concurrent('consent', () => {
  test('stores and sends nothing before it, and a grant sends all as granted, with their own times', async ({
    openShopPage,
    expect,
  }) => {
    const { shop, shopper } = await openShopPage(strict);
    await shopper.page.goto(`${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
    await waitForPixel(shopper);
    await callPixel(shopper, 'identify', person);
    await callPixel(shopper, 'track', 'Purchase', { orderId: '1', value: 1, currency: 'USD' });
    await shopper.page.waitForTimeout(2_300);
    expect(shop.requests).toEqual([]);
    expect([await readBrowserStorage(shopper), await shopper.context.cookies()]).toEqual([['', '{}'], []]);
    const grantedAt = Date.now();
    await callPixel(shopper, 'consent', granted);
    await callPixel(shopper, 'consent', granted);
    await waitForEvents(shop, 2);
    for (const event of shop.events()) {
      expect(event).toMatchObject({
        consent: { stated: 'granted', effective: 'granted', source: 'call' },
        identity: { clickIds: { msclkid: {} } },
      });
      expect(event.time).toBeLessThan(grantedAt);
    }
    expect(shop.signals().map(({ name }) => name)).toEqual(['$identify', '$consent']);
    // The browser may read the collector's answer after the events are stored.
    await expect
      .poll(async () => (await shopper.context.cookies()).map(({ name, httpOnly }) => [name, httpOnly]))
      .toEqual([
        ['_cv_id', true],
        ['_cv_click', true],
        ['_cv_consent', true],
      ]);
  });

  test('is a signal only if it differs from the choice that the collector acknowledged, also on a later page', async ({
    openShopPage,
  }) => {
    const { shop, shopper } = await openShopPage(strict);
    const visit = async (path: string, statement: object) => {
      await shopper.page.goto(`${shop.url}${path}`);
      await waitForPixel(shopper);
      await callPixelInOneTurn(shopper, ['consent', { ...denied, explicit: false }], ['consent', statement]);
    };
    /** Waits for the responses too: the next page reports a choice again that this page does not know to be acknowledged. */
    const waitForResponses = async (events: number) => {
      await waitForEvents(shop, events);
      await shopper.page.waitForFunction(() => {
        const mirrors = Object.entries(localStorage).filter(([key]) => key.startsWith('_cv.'));
        return mirrors.length > 0 && mirrors.every(([, text]) => JSON.parse(text).queue.length === 0);
      });
    };
    const pages = () => shop.events().map(({ page }) => URL.parse(page.url ?? '')?.pathname);
    // The first response is lost, so the signal is sent again.
    shop.answers.push('drop');
    await visit('/1', granted);
    await waitForResponses(1);
    await visit('/2?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab', granted);
    await waitForResponses(2);
    expect(pages()).toEqual(['/1', '/2']);
    expect(shop.events()[1]).toMatchObject({ consent: { stated: 'granted' }, identity: { clickIds: { msclkid: {} } } });
    expect(shop.signals().map(({ name }) => name)).toEqual(['$consent']);
    await visit('/3', { ...granted, adPersonalization: 'denied' });
    await waitForResponses(3);
    expect(shop.signals()).toHaveLength(2);
    await shopper.page.evaluate(() => localStorage.clear());
    await visit('/4', { ...granted, adPersonalization: 'denied' });
    await waitForResponses(4);
    expect(shop.signals()).toHaveLength(3);
    await callPixel(shopper, 'consent', denied);
    await callPixel(shopper, 'consent', granted);
    expect(await eventually(() => shop.signals().length === 5)).toBe(true);
    expect(shop.signals().slice(3)).toMatchObject([{ consent: { stated: 'denied' } }, { consent: { stated: 'granted' } }]);
  });

  test('is a signal again if its own signal was not acknowledged, for another visitor, and if two tabs disagree', async ({
    openShopPage,
  }) => {
    const { shop, shopper } = await openShopPage();
    const { release } = shop.holdAnswers();
    const visit = async (path: string) => {
      await shopper.page.goto(`${shop.url}${path}`);
      await waitForPixel(shopper);
      await callPixel(shopper, 'consent', granted);
    };
    const readSignals = () => shop.signals().map(({ name, identity }) => [name, identity.anonymousId]);
    const isStored = (choice: string) =>
      shopper.page.waitForFunction((text) => Object.values(localStorage).some((mirror) => mirror.includes(text)), choice);
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    const visitor = shop.events()[0]?.identity.anonymousId;
    // The response to the page view comes after the choice. The signal is refused, and then dropped.
    shop.answers.push({ status: 503, headers: { 'retry-after': '60' } });
    await callPixel(shopper, 'consent', granted);
    release();
    expect(await eventually(() => shop.requests.length === 2)).toBe(true);
    await shopper.page.evaluate(() => {
      navigator.sendBeacon = () => true;
      for (const [key, text] of Object.entries(localStorage))
        localStorage[key] = JSON.stringify({ ...JSON.parse(text), queue: [] });
    });
    await visit('/dropped');
    expect(await eventually(() => shop.signals().length === 1)).toBe(true);
    await isStored(`"choice":"${visitor},granted`);
    await callPixel(shopper, 'reset');
    expect(await eventually(() => shop.signals().length === 2)).toBe(true);
    await shopper.page.waitForFunction((id) => !Object.values(localStorage).join().includes(`"visitor":"${id}"`), visitor);
    await visit('/reset');
    expect(await eventually(() => shop.signals().length === 3)).toBe(true);
    const next = shop.signals()[2]?.identity.anonymousId;
    expect(next).not.toBe(visitor);
    await isStored(`"choice":"${next},granted`);
    await shopper.page.evaluate(() => {
      const [text = ''] = Object.values(localStorage);
      localStorage['_cv.~'] = text.replace(/"choice":"[^"]+"/, '"choice":"another"');
    });
    await visit('/tabs');
    expect(await eventually(() => shop.signals().length === 4)).toBe(true);
    expect(readSignals()).toEqual([
      ['$consent', visitor],
      ['$reset', visitor],
      ['$consent', next],
      ['$consent', next],
    ]);
  });

  test('sends waiting reports once when the shopper leaves, redacted, as denied', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(strict);
    await shopper.page.goto(`${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
    await waitForPixel(shopper);
    await callPixel(shopper, 'identify', person);
    await callPixel(shopper, 'track', 'Purchase', { orderId: '7', value: 8, currency: 'USD', properties: { a: 1 } });
    await shopper.page.goto('about:blank');
    await waitForEvents(shop, 2);
    const [{ body } = { body: '' }] = shop.requests;
    expect(shop.requests).toHaveLength(1);
    expect(body).not.toMatch(/jane|555.?1234|cust-7|msclkid|orderId|properties|cookies/i);
    expect(shop.events()).toMatchObject([
      { name: 'PageView', consent: { stated: 'unknown', effective: 'denied' }, page: { url: `${shop.url}/` } },
      { name: 'Purchase', id: 'purchase-7', consent: { effective: 'denied' }, commerce: { value: 8, currency: 'USD' } },
    ]);
    expect(await shopper.context.cookies()).toEqual([]);
  });

  test('lets at most 50 events wait, including the landing page', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(strict);
    await shopper.page.goto(shop.url);
    await waitForPixel(shopper);
    await shopper.page.evaluate(() => {
      for (let n = 0; n < 60; n++) Reflect.get(window, 'convey')('track', `custom_${n}`);
    });
    await callPixel(shopper, 'consent', granted);
    await waitForEvents(shop, 49);
    await callPixel(shopper, 'track', 'Lead');
    await waitForEvents(shop, 50);
    const names = shop.events().map(({ name }) => name);
    // The pixel's requests overtake each other on a busy machine.
    const newest = Array.from({ length: 48 }, (_, n) => `custom_${n + 12}`);
    expect([shop.signals().length, names.toSorted()]).toEqual([1, ['Lead', 'PageView', ...newest]]);
  });

  test('reports the click id with a grant even if other reports are in another request', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(strict);
    await shopper.page.goto(`${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
    await waitForPixel(shopper);
    await shopper.page.evaluate(() => {
      const convey = Reflect.get(window, 'convey');
      history.pushState({}, '', '/next');
      for (let n = 0; n < 14; n++) convey('track', 'custom', { id: `custom-${n}` });
      convey('consent', { adStorage: 'granted' });
      convey('track', 'Purchase', { orderId: 'wait', value: 1, currency: 'USD' });
      convey('track', 'Lead', null);
    });
    await waitForEvents(shop, 18);
    for (const { identity } of shop.events()) expect(identity).toMatchObject({ clickIds: { msclkid: {} } });
    expect(shop.requests.length).toBeLessThanOrEqual(3);
  });

  test('sends redacted reports after a denial; a grant on the same page sends later reports, and the click id', async ({
    openShopPage,
  }) => {
    const { shop, shopper } = await openShopPage(strict);
    await shopper.page.goto(`${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
    await waitForPixel(shopper);
    await callPixel(shopper, 'identify', person);
    await callPixel(shopper, 'consent', denied);
    await waitForEvents(shop, 1);
    expect(shop.requests.map(({ body }) => body).join()).not.toMatch(/jane|msclkid/i);
    await shopper.page.evaluate(() => history.pushState({}, '', '/next'));
    await callPixel(shopper, 'track', 'Lead', { id: 'no' });
    await waitForEvents(shop, 3);
    await callPixel(shopper, 'consent', granted);
    await callPixel(shopper, 'track', 'Lead', { id: 'yes' });
    await waitForEvents(shop, 4);
    const byId = (id: string) => shop.events().find((event) => event.id === id);
    expect(byId('no')).toMatchObject({ consent: { stated: 'denied' }, identity: { forms: {}, clickIds: {} } });
    expect(byId('yes')).toMatchObject({
      consent: { stated: 'granted' },
      identity: { forms: { emailMicrosoft: emailHash }, clickIds: { msclkid: {} } },
    });
  });

  test('stops unsent reports on a withdrawal, and clears the storage', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    const added = { items: [{ id: 'sku1' }], user: { email: person.email } };
    await callPixelInOneTurn(shopper, ['track', 'AddToCart', added], ['consent', denied]);
    await waitForEvents(shop, 2);
    expect(shop.events()[1]).toMatchObject({ name: 'AddToCart', consent: { stated: 'denied' }, identity: { forms: {} } });
    // The signal names the visitor, because its request is the first that expires their cookie.
    const { anonymousId } = shop.events()[0]?.identity ?? {};
    expect(anonymousId).toBeDefined();
    expect(shop.signals()).toMatchObject([
      { name: '$consent', consent: { stated: 'denied' }, identity: { anonymousId } },
      { name: '$denial', identity: { anonymousId } },
    ]);
    expect(await readBrowserStorage(shopper)).toEqual(['', '{}']);
    expect(await eventually(async () => (await shopper.context.cookies()).length === 0)).toBe(true);
  });

  test('is denied by Global Privacy Control, unless the shopper granted explicitly', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage({}, true);
    const anonymousId = '6cb47c00c92011f0a1b2010203040506';
    await shopper.context.addCookies([{ name: '_cv_id', value: anonymousId, domain: '127.0.0.1', path: '/' }]);
    shop.bodies['/'] = `<script>convey('consent', { adStorage: 'granted', explicit: false })</script>`;
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    expect(shop.requests[0]?.body).toContain('"source":"gpc"');
    const gpc = { stated: 'denied', source: 'gpc' };
    expect(shop.events()[0]).toMatchObject({ consent: gpc });
    expect(shop.signals()).toMatchObject([
      { name: '$consent', consent: gpc, identity: { anonymousId } },
      { name: '$denial', consent: gpc, identity: { anonymousId } },
    ]);
    await callPixel(shopper, 'track', 'Lead', { id: 'tool' });
    await callPixel(shopper, 'consent', granted);
    await callPixel(shopper, 'track', 'Lead', { id: 'chosen' });
    await waitForEvents(shop, 3);
    expect(shop.events().slice(1)).toMatchObject([
      { id: 'tool', consent: { effective: 'denied' } },
      { id: 'chosen', consent: { effective: 'granted' } },
    ]);
  });

  test('applies a choice that the page states before the pixel loads to the first page view, despite Global Privacy Control', async ({
    openShopPage,
  }) => {
    const { shop, shopper } = await openShopPage({}, true);
    const byDefault = JSON.stringify({ ...denied, explicit: false });
    shop.bodies['/'] = `<script>convey('consent', ${byDefault}); convey('consent', { adStorage: 'granted' })</script>`;
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    expect([...shop.events(), ...shop.signals()]).toMatchObject([
      { name: 'PageView', consent: { stated: 'granted', source: 'call' } },
      { name: '$consent', consent: { stated: 'granted', source: 'call' } },
    ]);
    expect(shop.requests).toHaveLength(1);
  });

  test('applies several choices that the page states before the pixel loads in their order', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    shop.bodies['/'] =
      `<script>convey('consent', { adStorage: 'denied' }); convey('track', 'Lead', { id: 'no' }); convey('consent', { adStorage: 'granted' }); convey('track', 'Lead', { id: 'yes' })</script>`;
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 3);
    const consents = shop.events().map(({ name, id, consent }) => [name === 'PageView' ? name : id, consent.effective]);
    expect(Object.fromEntries(consents)).toEqual({ PageView: 'denied', no: 'denied', yes: 'granted' });
  });

  test('waits with Global Privacy Control for the choice of a shopper who granted on an earlier page', async ({
    openShopPage,
    expect,
  }) => {
    const { shop, shopper } = await openShopPage({}, true);
    await shopper.page.goto(`${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
    await callPixel(shopper, 'consent', granted);
    await waitForEvents(shop, 1);
    await callPixel(shopper, 'track', 'Lead', { id: 'first' });
    await waitForEvents(shop, 2);
    await shopper.page.goto(`${shop.url}/left`);
    await waitForPixel(shopper);
    await callPixel(shopper, 'track', 'Lead', { id: 'left' });
    await shopper.page.goto(`${shop.url}/late`);
    await waitForEvents(shop, 4);
    await waitForPixel(shopper);
    await callPixelInOneTurn(shopper, ['track', 'Lead', { id: 'late' }], ['consent', granted]);
    await waitForEvents(shop, 6);
    const byId = (id: string) => shop.events().find((event) => event.id === id);
    expect(byId('left')).toMatchObject({ consent: { effective: 'denied' }, identity: { clickIds: {} } });
    const { anonymousId } = byId('first')?.identity ?? {};
    for (const id of ['first', 'late'])
      expect(byId(id)).toMatchObject({ consent: { effective: 'granted' }, identity: { anonymousId, clickIds: { msclkid: {} } } });
    // A denial of the shopper ends the wait, also on later pages.
    await callPixel(shopper, 'consent', denied);
    await shopper.page.goto(`${shop.url}/after`);
    await waitForEvents(shop, 7);
    expect(shop.events().at(-1)).toMatchObject({ consent: { stated: 'denied', source: 'gpc' } });
    await expect.poll(() => shopper.context.cookies()).toEqual([]);
  });

  test('sends a denial after the responses to granted reports, so that no later response sets cookies', async ({
    openShopPage,
    expect,
  }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    const { release } = shop.holdAnswers();
    await callPixel(shopper, 'track', 'Lead', { id: 'granted' });
    expect(await eventually(() => shop.requests.length === 2)).toBe(true);
    await callPixel(shopper, 'consent', denied);
    await callPixel(shopper, 'track', 'Lead', { id: 'denied' });
    await shopper.page.waitForTimeout(300);
    expect(shop.requests).toHaveLength(2);
    release();
    await waitForEvents(shop, 3);
    expect(shop.events().slice(1)).toMatchObject([
      { id: 'granted', consent: { effective: 'granted' } },
      { id: 'denied', consent: { effective: 'denied' } },
    ]);
    await expect.poll(() => shopper.context.cookies()).toEqual([]);
    // The response to the granted report names the visitor of before the denial.
    await callPixelInOneTurn(shopper, ['consent', granted], ['track', 'Lead', { id: 'new' }]);
    await waitForEvents(shop, 4);
    expect(shop.events()[3]).toMatchObject({ id: 'new', consent: { effective: 'granted' } });
    expect(shop.events()[3]?.identity.anonymousId).not.toBe(shop.events()[0]?.identity.anonymousId);
  });

  test("is denied on the shop's other pages too", async ({ openShopPage, expect }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    const second = await shopper.context.newPage();
    await second.goto(`${shop.url}/second`);
    await waitForEvents(shop, 2);
    await callPixel(shopper, 'consent', denied);
    expect(await eventually(() => shop.signals().length === 2)).toBe(true);
    await second.evaluate(() => Reflect.get(window, 'convey')('track', 'Lead', { id: 'there' }));
    await waitForEvents(shop, 3);
    expect(shop.events()[2]).toMatchObject({ id: 'there', consent: { stated: 'denied' } });
    await expect.poll(async () => [await readBrowserStorage(shopper), await shopper.context.cookies()]).toEqual([['', '{}'], []]);
  });

  test('is denied on a page that returns from the back-forward cache after a denial elsewhere', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    // In one task, because an answer that comes in between fills the storage again.
    const comeBack = (isCleared = false) =>
      shopper.page.evaluate((clears) => {
        if (clears) localStorage.clear();
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      }, isCleared);
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    await comeBack();
    await waitForEvents(shop, 2);
    await comeBack(true);
    await waitForEvents(shop, 3);
    expect(shop.events().map(({ consent }) => consent.effective)).toEqual(['granted', 'granted', 'denied']);
    expect(shop.events()[1]?.page.referrer, 'the page itself is not its previous page').toBeUndefined();
    const { anonymousId } = shop.events()[0]?.identity ?? {};
    expect(shop.signals()).toContainEqual(
      expect.objectContaining({ name: '$consent', identity: expect.objectContaining({ anonymousId }) }),
    );
  });

  test('is no choice of the shopper when a tag manager writes false as text', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(strict);
    await shopper.page.goto(shop.url);
    await waitForPixel(shopper);
    await callPixel(shopper, 'consent', { ...granted, explicit: 'false' });
    await shopper.page.waitForTimeout(300);
    expect([shop.requests, await readBrowserStorage(shopper)]).toEqual([[], ['', '{}']]);
    await callPixel(shopper, 'consent', { ...granted, explicit: 'true' });
    await waitForEvents(shop, 1);
  });

  test("waits after a tool's default denial like without a choice, and an unreadable value is a denial", async ({
    openShopPage,
  }) => {
    const { shop, shopper } = await openShopPage();
    const denial = JSON.stringify({ ...denied, explicit: false });
    shop.bodies['/'] = `<script>convey('consent', ${denial}); convey('track', 'Lead', { id: 'waits' })</script>`;
    await shopper.page.goto(shop.url);
    await waitForPixel(shopper);
    await shopper.page.waitForTimeout(300);
    expect(shop.events()).toEqual([]);
    await callPixel(shopper, 'consent', { ad_storage: 'granted' });
    await waitForEvents(shop, 2);
    expect(shop.events()[1]).toMatchObject({ id: 'waits', consent: { effective: 'denied' } });
  });
});
