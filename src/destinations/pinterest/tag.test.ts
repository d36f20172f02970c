import { expect, test } from 'vitest';
import { sha256 } from '../../identity/hashing.ts';
import { findBrowserIds } from '../../visitors/browser-ids.ts';
import { findCookieClickIds, findUrlClickIds, mergeClickSights } from '../../visitors/click-ids.ts';
import { pinterest } from './pinterest.ts';

const tag = { mode: 'load', tagId: '2612345678901' } as const;

function createSettings(settings: Readonly<Record<string, unknown>>, more: object = {}) {
  const given = { adAccountId: '549755885175', token: 't', ...settings };
  const connected = pinterest.connect(given);
  if ('issues' in connected) throw new Error(JSON.stringify(connected.issues));
  const connection = { id: 'pinterest', destination: 'pinterest', enabled: true, settings: connected.settings };
  return pinterest.tag?.createDriverSettings({ ...tag, ...more }, { connections: [connection], defaultCurrency: 'EUR' });
}

test("§9.1 the tag's names are the server's, in lower case without `_`", () => {
  expect(createSettings({})).toMatchObject({
    mode: 'load',
    tagId: '2612345678901',
    script: 'https://s.pinimg.com/ct/core.js',
    names: {
      pageview: 'pagevisit',
      page_view: 'pagevisit',
      viewcontent: 'pagevisit',
      view_item: 'pagevisit',
      addtocart: 'addtocart',
      initiatecheckout: 'initiatecheckout',
      begin_checkout: 'initiatecheckout',
      purchase: 'checkout',
      lead: 'lead',
      search: 'search',
      signup: 'signup',
      add_payment_info: 'addpaymentinfo',
      addpaymentinfo: 'addpaymentinfo',
    },
    views: ['pageview', 'page_view', 'page_viewed', 'page'],
    categoryView: 'viewcategory',
    itemId: '{id}',
    currency: 'EUR',
  });
});

test('§9.1 the settings of the connection name the events of the tag, too', () => {
  const names = { viewContent: 'view_content', customEvents: 'custom', eventNames: { PageView: 'my_visit', quiz: 'lead' } };
  const created = createSettings(names);
  expect(created).toMatchObject({
    names: { pageview: 'my_visit', viewcontent: 'viewcontent', quiz: 'lead' },
    customName: 'custom',
  });
  expect(created).not.toHaveProperty('categoryView');
  expect(created).not.toHaveProperty('skipsProductPages');
  expect(created).not.toHaveProperty('isLimited');
  expect(createSettings({ limitedDataProcessing: 'california' })).toMatchObject({ isLimited: true });
  expect(createSettings({ productPages: 'view-content' })).toMatchObject({ skipsProductPages: true });
});

test('a tag that is off needs no driver', () => {
  expect(createSettings({}, { mode: 'off' })).toBeUndefined();
  expect(pinterest.tag?.createDriverSettings(undefined, { connections: [] })).toBeUndefined();
});

test.each([
  [{ mode: 'attach' }, 'tagId'],
  [{ mode: 'load', tagId: '549755885175' }, 'tagId'],
  [{ mode: 'load', tagId: '2612345678901', script: 'https://evil.example/core.js' }, 'script'],
])('the dashboard refuses the tag %j for its %s', (given, path) => {
  const { error } = pinterest.tag?.settings.dashboard.safeParse(given) ?? {};
  expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});

test('§5.9 the click id is found in the parameter and in the cookie, and two sights of it are one click', () => {
  expect(findUrlClickIds('https://shop.example/?EPIK=dj0yJnU9b2JD&q=1').get('epik')).toBe('dj0yJnU9b2JD');
  expect(findCookieClickIds({ _epik: ' dj0yJnU9b2JD ' }).get('epik')).toEqual({ value: 'dj0yJnU9b2JD' });
  const first = { value: 'dj0y', at: 1 };
  expect(mergeClickSights('epik', { value: 'dj0y', at: 2 }, first)).toEqual(first);
  expect(mergeClickSights('epik', first, { value: 'dj0y', at: 2 })).toEqual(first);
  expect(mergeClickSights('epik', first, { value: 'dj0z', at: 2 })).toBeUndefined();
});

test("§5.9 the tag's visitor is stored as its hash", () => {
  const cookie = 'dWlkPU5EYzVNV1ZtTkdVdE1EZG1OQzAw';
  expect(findBrowserIds({ _pin_unauth: cookie })).toEqual({ _pin_unauth: sha256(cookie) });
  expect(findBrowserIds({ _pin_unauth: 'a b' })).toBeUndefined();
});
