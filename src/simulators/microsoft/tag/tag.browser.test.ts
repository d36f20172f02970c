import { describe, expect, it } from 'vitest';
import { click, readCookies, runInPage, shareTagPages, tagId } from './tag.fixture.ts';

const openTagPage = shareTagPages();

const emailHash = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';

describe('the queue', () => {
  it('is processed when the tag loads, for words, arrays and objects, and the tag replaces it', async () => {
    const scene = await openTagPage({
      before: `uetq.push('event', 'add_to_cart', { event_id: 'cart-1', event_category: 'shop' });
uetq.push(['event', 'lead', { event_id: 'lead-1' }]);
uetq.push({ ec: 'old', ea: 'legacy', ev: 2 });`,
    });
    await scene.shopper.page.goto(scene.shop);
    await runInPage(
      scene,
      `uetq.push('event', 'purchase', { event_id: 'ord-1', revenue_value: 125.4, currency: 'USD', unknown: 1 })`,
    );
    const [cart, lead, legacy, view, order] = await scene.beacons(5);
    expect(cart).toMatchObject({ evt: 'custom', ea: 'add_to_cart', event_id: 'cart-1', ec: 'shop' });
    expect(lead).toMatchObject({ evt: 'custom', ea: 'lead', event_id: 'lead-1' });
    expect(legacy).toMatchObject({ evt: 'custom', ea: 'legacy', ec: 'old', ev: '2' });
    expect(view).toMatchObject({ evt: 'pageLoad' });
    expect(view).not.toHaveProperty('ea');
    expect(order).toMatchObject({ ea: 'purchase', event_id: 'ord-1', gv: '125.4', gc: 'USD', en: 'Y' });
    expect(order).not.toHaveProperty('unknown');
    expect(scene.shopper.pageErrors).toEqual([]);
  });

  it('can have another name', async () => {
    const scene = await openTagPage({
      queue: 'otherq',
      before: "otherq.push('event', 'lead', {})",
      after: "otherq.push('pageLoad')",
    });
    await scene.shopper.page.goto(scene.shop);
    expect((await scene.beacons(2)).map(({ ea, evt }) => ea ?? evt)).toEqual(['lead', 'pageLoad']);
  });

  it('sends one page load for repeated pushes, and none when the options disable it', async () => {
    const twice = await openTagPage({ after: "uetq.push('pageLoad'); uetq.push('pageLoad'); uetq.push('event', 'lead', {})" });
    await twice.shopper.page.goto(twice.shop);
    expect((await twice.beacons(2)).map(({ ea, evt }) => ea ?? evt)).toEqual(['pageLoad', 'lead']);
    const silent = await openTagPage({
      options: 'disableAutoPageView: true',
      after: "uetq.push('pageLoad'); uetq.push('event', 'lead', {})",
    });
    await silent.shopper.page.goto(silent.shop);
    expect((await silent.beacons(1)).map(({ ea, evt }) => ea ?? evt)).toEqual(['lead']);
  });
});

describe('a beacon', () => {
  it('has click id, page and one page id per page', async () => {
    const scene = await openTagPage({ after: "uetq.push('pageLoad'); uetq.push('event', 'lead', {})" });
    await scene.shopper.page.goto(`${scene.shop}/p?msclkid=${click}#top`, { referer: `${scene.shop}/from` });
    const [view, lead] = await scene.beacons(2);
    expect(view).toMatchObject({
      ti: tagId,
      Ver: '2',
      sv: '2',
      bo: '1',
      evt: 'pageLoad',
      pi: '0',
      tl: 'Wall clocks',
      kw: 'clocks, wall',
      p: `${scene.shop}/p?msclkid=${click}#top`,
      r: `${scene.shop}/from`,
      msclkid: `${click}-1`,
      vids: '1',
    });
    for (const name of ['sid', 'vid']) expect(view?.[name]).toMatch(/^[0-9a-f]{12}1[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    for (const name of ['lg', 'sw', 'sh', 'sc', 'lt', 'rn']) expect(view?.[name]).toMatch(/./);
    expect(view?.mid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(lead).toMatchObject({ mid: view?.mid, vid: view?.vid, sid: view?.sid, vids: '0', bo: '2' });
    expect(view).not.toHaveProperty('asc');
    expect(await runInPage(scene, 'uetq.beaconParams.mid')).toBe(view?.mid);
  });

  it('reads click id, visitor and session from three cookies on the next page', async () => {
    const scene = await openTagPage();
    const { page } = scene.shopper;
    await page.goto(`${scene.shop}/?MSCLKID=${click}`);
    const [first] = await scene.beacons(1);
    await page.goto(`${scene.shop}/next`);
    const [, second] = (await scene.beacons(2)).toSorted((a, b) => Number(b.vids) - Number(a.vids));
    expect(second).toMatchObject({ msclkid: `${click}-0`, vid: first?.vid, sid: first?.sid, vids: '0' });
    expect(second?.mid).not.toBe(first?.mid);
    const cookies = await readCookies(scene);
    expect(Object.keys(cookies).sort()).toEqual(['_uetmsclkid', '_uetsid', '_uetvid']);
    expect(cookies._uetmsclkid).toBe(`_uet${click}`);
    expect(cookies._uetvid).toMatch(new RegExp(`^${first?.vid}\\|[a-z0-9]+\\|\\d{13}\\|`));
    expect(cookies._uetsid?.startsWith(`${first?.sid}|`)).toBe(true);
  });

  it('has no click id, and no cookie is set when the options disable them', async () => {
    const scene = await openTagPage({ options: 'storeConvTrackCookies: false' });
    await scene.shopper.page.goto(scene.shop);
    const [view] = await scene.beacons(1);
    expect(view).toMatchObject({ msclkid: 'N' });
    expect(view).not.toHaveProperty('vid');
    expect(await readCookies(scene)).toEqual({});
  });

  it('is not sent when the shop sets _uetmsdns', async () => {
    const scene = await openTagPage({
      before: "document.cookie = '_uetmsdns=1'",
      after: "uetq.push('pageLoad'); document.cookie = '_uetmsdns=0'; uetq.push('event', 'lead', {})",
    });
    await scene.shopper.page.goto(scene.shop);
    expect((await scene.beacons(1)).map(({ evt }) => evt)).toEqual(['custom']);
  });

  it('has e-mail and phone as hashes, set for the page or for one event', async () => {
    const scene = await openTagPage({
      before: "uetq.push('set', { pid: { em: 'Jane.Doe+x@Example.com' } })",
      after:
        "uetq.push('pageLoad'); uetq.push('event', 'lead', { pid: { ph: '+14255551234' } }); uetq.push('event', 'sign_up', {})",
    });
    await scene.shopper.page.goto(scene.shop);
    const [view, lead, signUp] = await scene.beacons(3);
    expect(JSON.parse(view?.pid ?? '')).toEqual({ em: emailHash });
    expect(JSON.parse(lead?.pid ?? '')).toEqual({
      em: emailHash,
      ph: 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e',
    });
    expect(JSON.parse(signUp?.pid ?? '')).toEqual({ em: emailHash });
    expect(JSON.stringify([view, lead])).not.toMatch(/jane|4255551234/i);
  });

  it('omits keywords, URL and title when it would be too long', async () => {
    const scene = await openTagPage({ after: "uetq.push('pageLoad')" });
    await scene.shopper.page.goto(`${scene.shop}/?x=${'y'.repeat(5_000)}`);
    const [view] = await scene.beacons(1);
    expect(view).not.toHaveProperty('p');
    expect(view).toHaveProperty('tl');
  });
});

describe('views of a single-page shop', () => {
  const moves = "(history.pushState(null, '', '/b'), (document.title = 'B'))";

  it('are reported for the History API when the option is on, each with its own page id', async () => {
    const scene = await openTagPage({ options: 'enableAutoSpaTracking: true' });
    await scene.shopper.page.goto(`${scene.shop}/a`);
    await scene.beacons(1);
    await runInPage(scene, moves);
    await scene.beacons(2);
    await runInPage(scene, "history.replaceState(null, '', '#part')");
    await runInPage(scene, 'history.back()');
    const [first, second, third, ...more] = await scene.beacons(3);
    expect(second).toMatchObject({ evt: 'pageLoad', p: `${scene.shop}/b`, r: `${scene.shop}/a`, tl: 'B', spa: 'Y' });
    expect(third).toMatchObject({ evt: 'pageLoad', p: `${scene.shop}/a`, r: `${scene.shop}/b` });
    expect(new Set([first?.mid, second?.mid, third?.mid]).size).toBe(3);
    expect(more).toEqual([]);
  });

  it('are not reported when the option is off, unless the page pushes them', async () => {
    const scene = await openTagPage();
    await scene.shopper.page.goto(`${scene.shop}/a`);
    await scene.beacons(1);
    await runInPage(scene, moves);
    await runInPage(scene, "uetq.push('event', 'page_view', { page_path: '/c', page_title: 'C' })");
    const [, view, ...more] = await scene.beacons(2);
    expect(view).toMatchObject({ evt: 'pageLoad', p: `${scene.shop}/c`, tl: 'C', r: `${scene.shop}/a` });
    expect(more).toEqual([]);
    expect(await runInPage(scene, "uetq.push('event', 'page_view', { page_path: 'c' })")).toContain(
      'page_path must begin with /',
    );
  });
});

describe('the click id', () => {
  it('is read from the URL of the page, not from a manual view', async () => {
    const scene = await openTagPage({ after: "uetq.push('event', 'page_view', { page_path: '/c' })" });
    await scene.shopper.page.goto(`${scene.shop}/a?msclkid=${click}`);
    expect(await scene.beacons(1)).toMatchObject([{ p: `${scene.shop}/c`, msclkid: `${click}-1` }]);
    const other = click.replaceAll('d', 'e');
    await runInPage(scene, `uetq.push('event', 'page_view', { page_path: '/d?msclkid=${other}' })`);
    expect((await scene.beacons(2))[1]).toMatchObject({ p: `${scene.shop}/d?msclkid=${other}`, msclkid: `${click}-1` });
    await runInPage(scene, "(history.pushState(null, '', '/b'), uetq.push('event', 'page_view', {}))");
    expect((await scene.beacons(3))[2]).toMatchObject({ p: `${scene.shop}/b`, msclkid: `${click}-0` });
  });

  it('stays known when consent is granted after a view without it', async () => {
    const scene = await openTagPage({ before: "uetq.push('consent', 'default', { ad_storage: 'denied' })" });
    await scene.shopper.page.goto(`${scene.shop}/?msclkid=${click}`);
    await scene.beacons(1);
    await runInPage(scene, "(history.pushState(null, '', '/b'), uetq.push('event', 'page_view', {}))");
    await runInPage(scene, "uetq.push('consent', 'update', { ad_storage: 'granted' })");
    await runInPage(scene, "uetq.push('event', 'lead', {})");
    expect((await scene.beacons(3))[2]).toMatchObject({ ea: 'lead', msclkid: `${click}-1` });
    expect((await readCookies(scene))._uetmsclkid).toBe(`_uet${click}`);
  });
});

describe('a frame', () => {
  it('uses the referrer as page URL and for the click id', async () => {
    const scene = await openTagPage();
    await scene.shopper.page.goto(`${scene.shop}/around?msclkid=${click}`);
    const [view] = await scene.beacons(1);
    expect(view).toMatchObject({ ifm: '1', p: `${scene.shop}/around?msclkid=${click}`, msclkid: `${click}-1` });
    expect(view?.r ?? '').toBe('');
  });
});
