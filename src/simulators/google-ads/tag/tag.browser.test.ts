import { afterAll, beforeAll, expect, it } from 'vitest';
import { createShopper, getSharedBrowser } from '../../../../test/browser.fixture.ts';
import { startTagServer, type TagServer } from './tag.fixture.ts';

let google: TagServer;
beforeAll(async () => {
  google = await startTagServer();
});
afterAll(() => google.close());

/** The Google tag as Google documents it for a shop's pages, with the shop's own commands. */
const snippet = (commands: string) => `<script async src="${google.url}/gtag/js?id=AW-123456789"></script>
<script>window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments)} gtag('js', new Date()); ${commands}</script>`;

it('the tag reports conversions of configured accounts, under clicks and consent of their time', async () => {
  const { page, context, pageErrors, close } = await createShopper(await getSharedBrowser());
  const warnings: string[] = [];
  page.on('console', (message) => warnings.push(message.text()));
  const run = (command: string) => page.evaluate(command);
  await page.goto(
    google.pageUrl(
      snippet(`gtag('config', 'AW-123456789');
gtag('event', 'conversion', { send_to: 'AW-123456789/AbC-D_efG', value: 125.4, currency: 'EUR', transaction_id: '1001' });`),
      '&gclid=Cj0-x_Y&gbraid=0AAA',
    ),
  );
  const [early] = await google.waitForBeacons(1);
  expect(early).toMatchObject({
    sendTo: 'AW-123456789/AbC-D_efG',
    isCookieless: false,
    event: {
      transactionId: '1001',
      conversionValue: 125.4,
      currency: 'EUR',
      eventSource: 'WEB',
      adIdentifiers: { gclid: 'Cj0-x_Y', gbraid: '0AAA' },
    },
  });
  expect(early?.event).not.toHaveProperty('consent');
  const cookies = (await context.cookies()).map(({ name, value }) => [name, value]);
  expect(Object.fromEntries(cookies)).toEqual({
    _gcl_aw: expect.stringMatching(/^GCL\.\d{10}\.Cj0-x_Y$/),
    _gcl_ag: expect.stringMatching(/^2\.1\.k0AAA\$i\d{10}$/),
    _gcl_au: expect.stringMatching(/^1\.1\.\d+\.\d{10}$/),
  });

  await run(`gtag('event', 'purchase', { send_to: 'AW-123456789/cart', aw_merchant_id: '77', items: [{ id: 'sku1', price: 62.7, quantity: 2 }] });
gtag('event', 'conversion', { send_to: 'AW-999999/other' });
gtag('event', 'conversion', { send_to: 'AW-123456789' });`);
  const [, withItems] = await google.waitForBeacons(2);
  expect(withItems?.event.cartData).toEqual({
    merchantId: '77',
    items: [{ merchantProductId: 'sku1', unitPrice: 62.7, quantity: '2' }],
  });

  await run(`gtag('consent', 'update', { ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied' });
gtag('event', 'conversion', { send_to: ['AW-123456789/late'], transaction_id: '1002' });`);
  const [, , late, ...more] = await google.waitForBeacons(3);
  expect(late).toMatchObject({
    sendTo: 'AW-123456789/late',
    isCookieless: true,
    event: { transactionId: '1002', consent: { adUserData: 'CONSENT_DENIED', adPersonalization: 'CONSENT_DENIED' } },
  });
  expect(late?.event).not.toHaveProperty('adIdentifiers');
  expect(more).toEqual([]);
  expect(warnings.filter((text) => text.includes('simulator'))).toHaveLength(2);
  expect(await run('google_tag_data.ics.entries.ad_storage.update')).toBe(false);
  expect(pageErrors).toEqual([]);
  await close();
});

it('a tag that is denied storage by default stores no click', async () => {
  const { page, context, close } = await createShopper(await getSharedBrowser());
  const before = google.beacons.length;
  await page.goto(
    google.pageUrl(
      snippet(`gtag('consent', 'default', { ad_storage: 'denied' }); gtag('config', 'AW-123456789');
gtag('event', 'conversion', { send_to: 'AW-123456789/a' });`),
      '&gclid=Cj0',
    ),
  );
  const all = await google.waitForBeacons(before + 1);
  expect(all.at(-1)).toMatchObject({ isCookieless: true });
  expect(await context.cookies()).toEqual([]);
  await close();
});
