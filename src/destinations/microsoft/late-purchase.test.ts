import { expect, test } from 'vitest';
import { eventFixture } from '../kit/event.fixture.ts';
import { mapLatePurchase } from './late-purchase.ts';
import { settings } from './settings.ts';

const defaults = settings.parse({ tagId: '1', token: 't' });
const sendDenied = settings.parse({ tagId: '1', token: 't', whenDenied: 'send-denied' });
const click = 'ab'.repeat(16);
const hash = (digit: string) => digit.repeat(64);
const identity = {
  clickIds: { msclkid: { value: click, at: 1 } },
  forms: { emailMicrosoft: hash('a'), phoneE164: hash('b') },
};

const map = (input: object = {}, by = defaults) =>
  mapLatePurchase(
    eventFixture.parse({
      ...{ name: 'Purchase', id: 'p-1', time: 1_795_514_398_765, identity, commerce: { value: 12.3456, currency: 'EUR' } },
      ...input,
    }),
    by,
  );

test('a late purchase has the click id, the hashes and the value', () => {
  expect(map()).toMatchObject({
    payload: {
      time: 1_795_514_398_765,
      clickId: 'abababab-abab-abab-abab-abababababab',
      email: hash('a'),
      phone: hash('b'),
      value: 12.346,
      currency: 'EUR',
    },
    issues: [{ code: 'rounded' }],
  });
  // The goal's value and currency count then.
  const bare = map({ commerce: { currency: 'EUR' } });
  expect('payload' in bare && bare.payload).not.toHaveProperty('currency');
});

test.each([
  ['a denied purchase, also if denied events are sent', { consent: { stated: 'denied', effective: 'denied' } }, 'consent-denied'],
  ['a denied use', { consent: { stated: 'granted', effective: 'granted', adUserData: 'denied' } }, 'consent-denied'],
  ['a pending choice', { consent: { stated: 'unknown', effective: 'pending' } }, 'consent-denied'],
  ['a purchase that the tag may have reported', { page: { browserTags: { microsoft: 'ran' } } }, 'browser-tag-sent-it'],
  ['an event that is no purchase', { name: 'Lead' }, 'filtered'],
  ['a purchase of nobody', { identity: { clickIds: {}, forms: {} } }, 'no-identifier'],
])('%s is not uploaded', (_, input, skip) => {
  expect(map(input, sendDenied)).toMatchObject({ skip });
});
