import { expect, test } from 'vitest';
import { eventFixture } from '../kit/event.fixture.ts';
import { map } from './map.ts';
import { settings } from './settings.ts';

const defaults = settings.parse({ tagId: '1', token: 't' });
const visitor = { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' };

function mapped(given: object) {
  const result = map(
    eventFixture.parse({ name: 'Lead', id: 'l-1', time: 1_795_514_398_765, identity: visitor, ...given }),
    defaults,
  );
  if (!('payload' in result)) throw new Error(`not mapped: ${JSON.stringify(result)}`);
  return { ...result.payload, told: result.issues.map(({ field, code }) => `${field} ${code}`) };
}

test('an address that is too long goes without its query, and one that is still too long does not go', () => {
  const { eventSourceUrl, referrerUrl, told } = mapped({
    page: { url: `https://shop.example/a?q=${'x'.repeat(2_048)}`, referrer: `https://shop.example/${'x'.repeat(2_048)}?q=1` },
  });
  expect(eventSourceUrl).toBe('https://shop.example/a');
  expect(referrerUrl).toBeUndefined();
  expect(told).toEqual(['page.url url-shortened', 'page.referrer url-invalid']);
});

test('an address of exactly 2048 characters goes whole', () => {
  const url = `https://shop.example/?q=${'x'.repeat(2_024)}`;
  expect(url).toHaveLength(2_048);
  expect(mapped({ page: { url } })).toMatchObject({ eventSourceUrl: url, told: [] });
});

test('texts are cut to what Convey sends at most, and each says so', () => {
  const long = 'y'.repeat(5_000);
  const { userData, customData, pageTitle, keywords, told } = mapped({
    client: { userAgent: long },
    page: { title: long, keywords: long },
    commerce: { orderId: long, category: long, items: [{ id: long, name: long }] },
    goal: { category: long, label: long },
  });
  expect(userData.clientUserAgent).toHaveLength(1_024);
  expect(pageTitle).toHaveLength(512);
  expect(keywords).toHaveLength(512);
  expect(customData?.transactionId).toHaveLength(128);
  expect(customData?.ecommCategory).toHaveLength(100);
  expect(customData?.eventCategory).toHaveLength(100);
  expect(customData?.eventLabel).toHaveLength(100);
  expect(customData?.itemIds).toEqual(['y'.repeat(100)]);
  expect(customData?.items).toEqual([{ id: 'y'.repeat(100), name: 'y'.repeat(100) }]);
  expect(told).toHaveLength(9);
  expect(told).toContain('commerce.items[0].name text-shortened');
});

test('a text is not cut in the middle of a character', () => {
  expect(mapped({ goal: { label: `${'x'.repeat(99)}😀` } }).customData?.eventLabel).toBe('x'.repeat(99));
});

test('the visitor id of the browser tag is sent before our own', () => {
  expect(mapped({ identity: { ...visitor, uetVid: '9ccda220f5b311efb7e7611f6b0a02aa' } }).userData.anonymousId).toBe(
    '9ccda220f5b311efb7e7611f6b0a02aa',
  );
});
