import { describe, expect } from 'vitest';
import type { Shopper } from '../../test/browser.fixture.ts';
import { defaultCapture } from '../event/capture-settings.ts';
import { embedNames } from '../event/lead-settings.ts';
import type { Site } from '../event/site.ts';
import { callPixel, denied, type Shop, shareShopPages, strict, waitForEvents, waitForPixel } from './pixel-page.fixture.ts';

const test = shareShopPages();
const site = (...embeds: (typeof embedNames)[number][]): Partial<Site> => ({
  consent: { policy: 'granted' },
  capture: { ...defaultCapture, embeds },
});
interface Page {
  readonly shop: Shop;
  readonly shopper: Shopper;
}

/** Opens a page, and serves a frame of another origin that posts the message in its fragment. */
async function openPage({ shop, shopper }: Page, body = '') {
  const { page } = shopper;
  const frame = '<script>parent.postMessage(JSON.parse(decodeURIComponent(location.hash.slice(1))), "*")</script>';
  await page.route(/^https:\/\/([a-z.]*calendly\.com|tally\.so|evil\.example)\//, (route) =>
    route.fulfill({ contentType: 'text/html', body: frame }),
  );
  shop.bodies['/a'] = body;
  await page.goto(`${shop.url}/a`);
  await waitForPixel(shopper);
  await waitForEvents(shop, 1);
  const post = (from: string, message: unknown) =>
    page.evaluate(
      (src) =>
        new Promise((resolve) => {
          const added = document.createElement('iframe');
          added.src = src;
          added.onload = resolve;
          document.body.append(added);
        }),
      `${from}/f#${encodeURIComponent(JSON.stringify(message))}`,
    );
  return { page, post };
}

const invitee = 'https://api.calendly.com/scheduled_events/AAA-1/invitees/BBB-2';
const scheduled = (uri: unknown = invitee) => ({
  event: 'calendly.event_scheduled',
  payload: { event: { uri: 'https://api.calendly.com/scheduled_events/AAA-1' }, invitee: { uri } },
});
const submitted = (id: unknown = 'sub1') =>
  JSON.stringify({
    event: 'Tally.FormSubmitted',
    payload: { id, formId: 'f', fields: [{ answer: { value: 'jane@shop.example' } }] },
  });
const leads = (shop: Shop) =>
  shop
    .events()
    .filter(({ name }) => name !== 'PageView')
    .map(({ name, id, properties }) => [name, id, properties]);
const markLast = async (page: Page, count: number) => {
  await callPixel(page.shopper, 'track', 'Marker', { id: 'end' });
  await waitForEvents(page.shop, count + 2);
};

describe.concurrent('forms of other services', () => {
  test('are a lead with the id of the submission, and no answer leaves the page', async ({ openShopPage }) => {
    const opened = await openShopPage(site(...embedNames));
    const { page, post } = await openPage(opened);
    await post('https://calendly.com', scheduled());
    await post('https://tally.so', submitted());
    await page.evaluate(() => {
      Reflect.get(window, 'conveyTypeform')({ formId: 'f', responseId: 'resp-1' });
      postMessage({ type: 'hsFormCallback', eventName: 'onFormSubmitted', id: 'g', data: { email: 'jane@shop.example' } });
      dispatchEvent(new CustomEvent('hs-form-event:on-submission:success', { detail: { formId: 'g' } }));
      const form = document.body.appendChild(document.createElement('form'));
      const detail = { contactFormId: 5, inputs: [{ name: 'your-email', value: 'jane@shop.example' }] };
      form.dispatchEvent(new CustomEvent('wpcf7submit', { bubbles: true, detail }));
      form.dispatchEvent(new CustomEvent('wpcf7mailsent', { bubbles: true, detail }));
    });
    await waitForEvents(opened.shop, 6);
    await markLast(opened, 5);
    const own = expect.stringMatching(/^[\da-f-]{36}$/);
    expect(leads(opened.shop)).toHaveLength(6);
    expect(leads(opened.shop)).toEqual(
      expect.arrayContaining([
        ['Lead', invitee, { capture: 'calendly' }],
        ['Lead', 'sub1', { capture: 'tally' }],
        ['Lead', 'resp-1', { capture: 'typeform' }],
        ['Lead', own, { capture: 'hubspot' }],
        ['Lead', own, { capture: 'contact-form-7' }],
        ['Marker', 'end', {}],
      ]),
    );
    expect(opened.shop.requests.map(({ body }) => body).join()).not.toContain('jane');
    expect(opened.shopper.pageErrors).toEqual([]);
  });

  test('are known by the exact origin and form of their signal', async ({ openShopPage }) => {
    const opened = await openShopPage(site('calendly', 'tally', 'hubspot', 'typeform'));
    const { page, post } = await openPage(opened);
    await post('https://evil.example', scheduled());
    await post('https://sub.calendly.com', scheduled());
    await post('https://evil.example', { type: 'hsFormCallback', eventName: 'onFormSubmitted' });
    await post('https://calendly.com', { ...scheduled(), event: 'calendly.date_and_time_selected' });
    await post('https://calendly.com', scheduled('https://evil.example/jane@shop.example'));
    await post('https://calendly.com', { event: 'calendly.event_scheduled' });
    await post('https://calendly.com', 'no json');
    await post('https://tally.so', submitted({ toString: 'x' }));
    await post('https://tally.so', submitted(null));
    await page.evaluate(() => {
      postMessage({ event: 'calendly.event_scheduled', payload: { invitee: { uri: 'https://api.calendly.com/a' } } });
      postMessage({ type: 'hsFormCallback', eventName: 'onFormSubmit', data: [{ name: 'email', value: 'jane@shop.example' }] });
      postMessage(null);
      Reflect.get(window, 'conveyTypeform')({ responseId: 'jane@shop.example' });
      Reflect.get(window, 'conveyTypeform')();
    });
    await page.waitForTimeout(100);
    await markLast(opened, 0);
    expect(leads(opened.shop)).toEqual([['Marker', 'end', {}]]);
    expect(opened.shopper.pageErrors).toEqual([]);
  });

  test('are read only if the operator chose the service', async ({ openShopPage }) => {
    const opened = await openShopPage(site('tally'));
    const { page, post } = await openPage(opened);
    await post('https://calendly.com', scheduled());
    await page.evaluate(() => dispatchEvent(new Event('wpcf7mailsent')));
    expect(await page.evaluate(() => 'conveyTypeform' in window)).toBe(false);
    await markLast(opened, 0);
    expect(leads(opened.shop)).toEqual([['Marker', 'end', {}]]);
  });

  test('are left to a page that reports the lead itself', async ({ openShopPage }) => {
    const opened = await openShopPage(site('calendly'));
    const { post } = await openPage(
      opened,
      `<script>addEventListener('message', ({ data }) => data.event && convey('track', 'generate_lead', { id: 'own' }))</script>`,
    );
    await post('https://calendly.com', scheduled());
    await markLast(opened, 1);
    expect(leads(opened.shop)).toEqual([
      ['Lead', 'own', {}],
      ['Marker', 'end', {}],
    ]);
  });

  test('are a lead by the policy after a denial', async ({ openShopPage }) => {
    const opened = await openShopPage({ ...site('calendly'), ...strict });
    const { post } = await openPage(opened, `<script>convey('consent', ${JSON.stringify(denied)})</script>`);
    await post('https://calendly.com', scheduled());
    await waitForEvents(opened.shop, 2);
    expect(opened.shop.events().at(-1)).toMatchObject({ name: 'Lead', consent: { effective: 'denied' } });
  });
});
