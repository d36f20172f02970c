import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../journal/journal-event.ts';
import { click, readCookies, runInPage, shareTagPages, tagId } from './tag.fixture.ts';

const openTagPage = shareTagPages();

describe('consent', () => {
  const identifiers = ['sid', 'vid', 'vids', 'msclkid', 'pid'];

  it('denied: the beacon has no identifier and no cookie is set', async () => {
    const scene = await openTagPage({ before: "uetq.push('consent', 'default', { ad_storage: 'denied' })" });
    await scene.shopper.page.goto(`${scene.shop}/?msclkid=${click}`);
    const [view] = await scene.beacons(1);
    expect(view).toMatchObject({ evt: 'pageLoad', asc: 'D' });
    for (const name of identifiers) expect(view).not.toHaveProperty(name);
    expect(await readCookies(scene)).toEqual({});
    expect(await scene.shopper.page.evaluate(() => localStorage.length)).toBe(0);
    expect(await runInPage(scene, 'uetq.uetConfig.consent')).toEqual({
      enabled: true,
      adStorageAllowed: false,
      adStorageUpdated: false,
      enforced: false,
    });
    expect(scene.microsoft.journalEvents()[0]).toMatchObject({ counted: 'none', reason: 'consent-denied' });
  });

  it('granted late: later beacons have the click id of the landing page, and none is sent again', async () => {
    const scene = await openTagPage({ before: "uetq.push('consent', 'default', { ad_storage: 'denied' })" });
    await scene.shopper.page.goto(`${scene.shop}/?msclkid=${click}`);
    await scene.beacons(1);
    await runInPage(scene, "uetq.push('consent', 'update', { ad_storage: 'granted' })");
    await runInPage(scene, "uetq.push('event', 'lead', {})");
    const [view, lead, ...more] = await scene.beacons(2);
    expect([view?.asc, lead?.asc, lead?.msclkid, more]).toEqual(['D', 'G', `${click}-1`, []]);
    expect(Object.keys(await readCookies(scene))).toContain('_uetvid');
    expect(await runInPage(scene, 'uetq.uetConfig.consent.adStorageUpdated')).toBe(true);
  });

  it('waits as long as the page requests, and the beacons have the result', async () => {
    const scene = await openTagPage({
      before: "uetq.push('consent', 'default', { ad_storage: 'denied', wait_for_update: 60000 })",
    });
    await scene.shopper.page.goto(scene.shop);
    await runInPage(scene, 'true');
    expect(scene.microsoft.journalEvents()).toEqual([]);
    await runInPage(scene, "uetq.push('consent', 'update', { ad_storage: 'granted' })");
    expect((await scene.beacons(1))[0]).toMatchObject({ evt: 'pageLoad', asc: 'G' });
    const impatient = await openTagPage({
      before: "uetq.push('consent', 'default', { ad_storage: 'denied', wait_for_update: 50 })",
    });
    await impatient.shopper.page.goto(impatient.shop);
    expect((await impatient.beacons(1))[0]).toMatchObject({ asc: 'D' });
  });

  it('is denied without a push when it is enforced', async () => {
    const scene = await openTagPage({}, { overrides: { tagEnforcesConsent: true } });
    await scene.shopper.page.goto(scene.shop);
    expect((await scene.beacons(1))[0]).toMatchObject({ asc: 'D' });
    expect(await readCookies(scene)).toEqual({});
    expect(await runInPage(scene, 'uetq.uetConfig.consent')).toMatchObject({ enabled: false, enforced: true });
  });

  it("is read from Google's tag without a push, unless the options disable it", async () => {
    const google = 'window.google_tag_data = { ics: { entries: { ad_storage: { default: true, update: false } } } }';
    const scene = await openTagPage({ before: google });
    await scene.shopper.page.goto(scene.shop);
    await expect.poll(() => runInPage(scene, 'uetq.uetConfig.consent.adStorageAllowed')).toBe(false);
    const deaf = await openTagPage({ before: google, options: 'enableAutoConsent: false' });
    await deaf.shopper.page.goto(deaf.shop);
    await runInPage(deaf, 'true');
    await deaf.shopper.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_700)));
    expect(await runInPage(deaf, 'uetq.uetConfig.consent')).toMatchObject({ enabled: false, adStorageAllowed: true });
  });

  it('accepts the TCF setting', async () => {
    const scene = await openTagPage({ before: "uetq.push('config', 'tcf', { enabled: true })" });
    await scene.shopper.page.goto(scene.shop);
    expect(await runInPage(scene, 'uetq.uetConfig.tcf.enabled')).toBe(true);
  });
});

describe('an invalid parameter', () => {
  const bad = [
    ['ecomm_prodid requires ecomm_pagetype', "{ ecomm_prodid: 'sku1' }"],
    ['currency must be 3 letters', "{ revenue_value: 1, currency: 'US' }"],
    ['revenue_value must be a number', '{ revenue_value: -1 }'],
    ['revenue_value must be a number', '{ revenue_value: 1000000000000 }'],
    ['event_value must be a number', '{ event_value: 1.2345 }'],
  ] as const;
  const unusual = "{ ecomm_prodid: ['shop_1'], ecomm_pagetype: 'product' }";

  it('throws in the page and loses only its event', async () => {
    const scene = await openTagPage({ before: "uetq.push('event', 'early', { revenue_value: -1 })" }, { preset: 'strict' });
    await scene.shopper.page.goto(scene.shop);
    for (const [rule, parameters] of [...bad, ['ecomm_prodid must be 1 to 50', unusual] as const]) {
      expect(await runInPage(scene, `uetq.push('event', 'purchase', ${parameters})`)).toContain(rule);
    }
    await runInPage(
      scene,
      "uetq.push('event', 'last', { revenue_value: 999999999999, currency: 'usd', ecomm_prodid: 'a-1', ecomm_pagetype: 'cart' })",
    );
    expect((await scene.beacons(2)).map(({ ea, evt }) => ea ?? evt)).toEqual(['pageLoad', 'last']);
    expect(scene.shopper.pageErrors).toEqual([expect.stringContaining('revenue_value must be a number')]);
  });

  it('is sent unchanged by the lenient preset; the default accepts any product id', async () => {
    const lenient = await openTagPage({}, { preset: 'lenient' });
    await lenient.shopper.page.goto(lenient.shop);
    for (const [, parameters] of bad) await runInPage(lenient, `uetq.push('event', 'purchase', ${parameters})`);
    expect((await lenient.beacons(6)).slice(1).map(({ gv, ev, prodid }) => gv ?? ev ?? prodid)).toEqual([
      'sku1',
      '1',
      '-1',
      '1000000000000',
      '1.2345',
    ]);
    const usual = await openTagPage();
    await usual.shopper.page.goto(usual.shop);
    await runInPage(usual, `uetq.push('event', 'view_item', ${unusual})`);
    expect((await usual.beacons(2))[1]).toMatchObject({ prodid: 'shop_1', pagetype: 'product' });
  });
});

describe('a purchase that browser and server report', () => {
  async function both(browserName: string, serverName: string): Promise<JournalEvent[]> {
    const scene = await openTagPage({
      after: `uetq.push('event', '${browserName}', { event_id: 'ord-1', transaction_id: '1001', revenue_value: 125.4, currency: 'USD' })`,
    });
    await scene.shopper.page.goto(scene.shop);
    await scene.beacons(1);
    const event = {
      eventType: 'custom',
      eventId: 'ord-1',
      eventName: serverName,
      eventTime: Math.floor(Date.now() / 1_000),
      userData: { externalId: 'a1' },
      customData: { value: 125.4, currency: 'USD', transactionId: '1001' },
    };
    const headers = { authorization: 'Bearer t', 'content-type': 'application/json' };
    await fetch(`${scene.microsoft.url}/v1/${tagId}/events`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ data: [event] }),
    });
    return scene.microsoft.journalEvents();
  }

  it('counts once when tag, id and name are equal', async () => {
    const events = await both('purchase', 'purchase');
    expect(events).toMatchObject([
      { eventId: 'ord-1', counted: 'browser', goals: ['purchase'], browser: [{ id: 'b1' }], server: [{ duplicateOf: 'b1' }] },
    ]);
  });

  it('counts twice when the names differ, and explains it', async () => {
    const events = await both('Purchase', 'purchase');
    expect(events).toMatchObject([
      { eventName: 'Purchase', counted: 'browser', goals: ['purchase'], doubtful: true },
      { eventName: 'purchase', counted: 'server', goals: ['purchase'], doubtful: true },
    ]);
    expect(events[1]?.why).toContain(
      "Not merged with a report of the browser with the same event id: its name is Purchase, this one's is purchase.",
    );
  });
});
