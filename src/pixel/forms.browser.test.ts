import { describe, expect } from 'vitest';
import type { Shopper } from '../../test/browser.fixture.ts';
import { defaultCapture } from '../event/capture-settings.ts';
import type { FormCapture, LeadCapture } from '../event/lead-settings.ts';
import type { Site } from '../event/site.ts';
import {
  callPixel,
  denied,
  granted,
  readBrowserStorage,
  type Shop,
  shareShopPages,
  strict,
  waitForEvents,
  waitForPixel,
} from './pixel-page.fixture.ts';

const test = shareShopPages();
const lead: FormCapture = { mode: 'on', selector: '#lead', event: 'Lead', fields: {} };
const site = (form: Partial<FormCapture> = {}, more: LeadCapture = {}): Partial<Site> => ({
  consent: { policy: 'granted' },
  capture: { ...defaultCapture, forms: [{ ...lead, ...form }], ...more },
});
interface Page {
  readonly shop: Shop;
  readonly shopper: Shopper;
}

/** A form that scripts send, so that the page stays. */
const inPage = (fields: string, attributes = '') =>
  `<form id="lead" ${attributes} onsubmit="event.preventDefault()">${fields}<button id="send">Send</button></form>`;
const email = '<input name="your-email" autocomplete="email" value="jane@shop.example">';

async function openPage({ shop, shopper }: Page, body: string) {
  shop.bodies['/a'] = body;
  await shopper.page.goto(`${shop.url}/a`);
  await waitForPixel(shopper);
}
/** Waits for a marker, before which all other reports were accepted. */
async function listReports({ shop, shopper }: Page, count: number) {
  await shopper.page.waitForTimeout(50);
  await callPixel(shopper, 'track', 'Marker', { id: 'end' });
  await waitForEvents(shop, count + 2);
  return shop.events().filter(({ name }) => name !== 'PageView' && name !== 'Marker');
}
/** Lists the persons of the reports of a name, as they left the page. */
const listPersons = (shop: Shop, name: string) =>
  shop.requests
    .flatMap(({ body }) => [...JSON.parse(body).events, ...JSON.parse(body).signals])
    .filter((report) => (report.name ?? report.type) === name)
    .map(({ user: { anonymousId: _, ...person } = {} }) => person);

describe.concurrent('a form of the operator', () => {
  test('is an event whose person has the fields of its autocomplete tokens and selectors', async ({ openShopPage }) => {
    const opened = await openShopPage(site({ event: 'QuoteAsked', fields: { firstName: '[name=vorname]', phone: '#tel' } }));
    await openPage(
      opened,
      inPage(`${email}<input name="other" autocomplete="email" value="second@shop.example"><input name="vorname" value=" Jane ">
        <input autocomplete="given-name" value="Wrong"><input autocomplete="section-a billing family-name" value="Doe">
        <input id="tel" type="tel" value="+1 425 555 1234"><input autocomplete="fax tel" value="+1 425 555 9999">
        <input autocomplete="shipping address-line1" value="1 Main St"><input autocomplete="address-line2" value="Floor 2">
        <input autocomplete="address-level2" value="Bern"><input autocomplete="postal-code" value="3000">
        <select autocomplete="country"><option>US<option selected>CH</select><textarea name="message">Hello</textarea>`),
    );
    await opened.shopper.page.click('#send');
    expect(await listReports(opened, 1)).toMatchObject([{ name: 'QuoteAsked', properties: { capture: 'form' } }]);
    expect(listPersons(opened.shop, 'QuoteAsked')).toEqual([
      {
        email: 'jane@shop.example',
        firstName: 'Jane',
        lastName: 'Doe',
        phone: '+1 425 555 1234',
        address: { street: '1 Main St Floor 2', city: 'Bern', zip: '3000', country: 'CH' },
      },
    ]);
    expect(opened.shopper.pageErrors).toEqual([]);
  });

  test('is read at its submit only: no field has a listener, and no other form is read', async ({ openShopPage }) => {
    const opened = await openShopPage(site());
    const { page } = opened.shopper;
    const watch = `<script>window.types = []; for (const target of [EventTarget.prototype]) { const add = target.addEventListener;
      target.addEventListener = function (type, ...rest) { types.push(type); return add.call(this, type, ...rest); }; }</script>`;
    await openPage(
      opened,
      `${watch}${inPage(email)}<form id="other" onsubmit="return false">${email}<button>Other</button></form>`,
    );
    await page.fill('#lead input', 'typed@shop.example');
    await page.click('#other button');
    await page.evaluate(() => document.querySelector('form')?.dispatchEvent(new Event('reset')));
    expect(await listReports(opened, 0)).toEqual([]);
    const types = await page.evaluate(() => Reflect.get(window, 'types'));
    expect(types).toContain('submit');
    for (const type of ['input', 'change', 'blur', 'focusout', 'keyup', 'keydown', 'paste']) expect(types).not.toContain(type);
    expect(opened.shop.requests.map(({ body }) => body).join()).not.toContain('@shop.example');
    await page.press('#lead input', 'Enter');
    await waitForEvents(opened.shop, 3);
    expect(listPersons(opened.shop, 'Lead')).toMatchObject([{ email: 'typed@shop.example' }]);
  });

  test('has no listener on a site without one, or in another mode', async ({ openShopPage }) => {
    for (const mode of ['off', 'preview'] as const) {
      const opened = await openShopPage(site({ mode }));
      expect(await (await fetch(opened.shop.script)).text()).not.toContain('"submit"');
    }
  });

  const never = [
    '<input type="password" VALUE>',
    '<input type="hidden" VALUE>',
    '<input type="number" value="1234">',
    ...['cc-number', 'billing cc-name', 'transaction-amount', 'current-password', 'new-password', 'one-time-code'].map(
      (token) => `<input autocomplete="${token}" VALUE>`,
    ),
    ...['email webauthn', 'bday', 'bday-year', 'sex', 'username', 'USERNAME'].map(
      (token) => `<input autocomplete="${token}" VALUE>`,
    ),
    '<input name="user_password" VALUE>',
    '<div data-convey-ignore><p><input VALUE></p></div>',
    '<input data-convey-ignore VALUE>',
    ...['4111 1111 1111 1111', '4111-1111-1111-1111 ', '5555555555554444', '378282246310005'].map(
      (value) => `<input value="${value}">`,
    ),
  ];
  test('gives none of the forbidden values, even if a selector names the field', async ({ openShopPage }) => {
    const opened = await openShopPage(site({ fields: { lastName: 'input', firstName: '#plain' } }));
    const fields = never.map((field) => field.replace('VALUE', 'value="secret-1"')).join('\n');
    await openPage(opened, inPage(`${fields}<input id="plain" value="4111 1111 1111 1112" autocomplete="on">`));
    await opened.shopper.page.click('#send');
    await listReports(opened, 1);
    expect(listPersons(opened.shop, 'Lead')).toEqual([{ lastName: '4111 1111 1111 1112', firstName: '4111 1111 1111 1112' }]);
  });

  test('keeps its event if a selector is none', async ({ openShopPage }) => {
    const opened = await openShopPage(site({ fields: { firstName: '[' } }));
    await openPage(opened, inPage(email));
    await opened.shopper.page.click('#send');
    expect(await listReports(opened, 1)).toMatchObject([{ name: 'Lead' }]);
    expect(opened.shopper.pageErrors).toEqual([]);
  });

  test('gives no value without a grant, and then the policy decides', async ({ openShopPage }) => {
    const opened = await openShopPage({ ...site(), ...strict });
    await openPage(opened, inPage(email));
    await opened.shopper.page.click('#send');
    await opened.shopper.page.waitForTimeout(50);
    expect(await readBrowserStorage(opened.shopper)).toEqual(['', '{}']);
    await callPixel(opened.shopper, 'consent', granted);
    expect(await listReports(opened, 1)).toMatchObject([{ name: 'Lead', consent: { effective: 'granted' } }]);
    await callPixel(opened.shopper, 'consent', denied);
    await opened.shopper.page.waitForTimeout(2_000);
    await opened.shopper.page.click('#send');
    await waitForEvents(opened.shop, 4);
    expect(opened.shop.events().at(-1)).toMatchObject({ name: 'Lead', consent: { effective: 'denied' } });
    expect(opened.shop.requests.map(({ body }) => body).join()).not.toContain('jane');
  });

  test('is no event if it is invalid, a filled honeypot shows a robot, or it is sent twice', async ({ openShopPage }) => {
    const opened = await openShopPage(site());
    const { page } = opened.shopper;
    const traps = [
      '<input name="website" tabindex="-1" style="position:absolute;left:-5000px" class="trap">',
      '<div style="display:none"><input name="url" tabindex="-1" class="trap"></div>',
      '<input name="_gotcha" class="trap">',
    ];
    await openPage(
      opened,
      inPage(`${email}<input id="need" required>${traps.join('')}<input tabindex="-1" value="seen">`, 'novalidate'),
    );
    await page.click('#send');
    await page.fill('#need', 'x');
    for (const at of [0, 1, 2]) {
      const setTrap = (value: string) =>
        page.evaluate(
          ([nth, text]) => Object.assign(document.querySelectorAll('.trap')[Number(nth)] ?? {}, { value: text }),
          [`${at}`, value],
        );
      await setTrap('buy now');
      await page.click('#send');
      await setTrap('');
    }
    await page.waitForTimeout(50);
    expect(opened.shop.requests.map(({ body }) => body).join()).not.toContain('Lead');
    await page.click('#send');
    await page.click('#send');
    await page.waitForTimeout(2_050);
    await page.click('#send');
    expect((await listReports(opened, 2)).map(({ name }) => name)).toEqual(['Lead', 'Lead']);
  });

  test('is left to a page that reports the event itself, and its service makes no second one', async ({ openShopPage }) => {
    const own = await openShopPage(site());
    await openPage(
      own,
      `${inPage(email)}<script>addEventListener('submit', () => convey('track', 'generate_lead', { id: 'own' }))</script>`,
    );
    await own.shopper.page.click('#send');
    expect(await listReports(own, 1)).toMatchObject([{ id: 'own' }]);

    const both = await openShopPage(site({}, { embeds: ['contact-form-7'] }));
    await openPage(both, inPage(email));
    await both.shopper.page.click('#send');
    await both.shopper.page.waitForTimeout(50);
    await both.shopper.page.evaluate(() => dispatchEvent(new Event('wpcf7mailsent')));
    expect(await listReports(both, 1)).toMatchObject([{ properties: { capture: 'form' } }]);
  });
});
