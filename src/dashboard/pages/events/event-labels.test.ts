import { expect, test } from 'vitest';
import {
  describeBrowserTags,
  getAttemptResultLabel,
  getMatchKeyBadges,
  getRecalledKeyLabel,
  getRecallSourceLabel,
  summarizeWarnings,
} from './event-labels.ts';

test('getMatchKeyBadges groups the keys of an event by match key', () => {
  const tags = getMatchKeyBadges([
    'anonymousId',
    '_uetvid',
    'emailMicrosoft',
    'emailPlain',
    'gclid',
    'dclid',
    'msclkid',
    'ip',
    'country',
  ]);
  expect(tags.map(({ label }) => label)).toEqual(['Click ID', 'E-mail', 'Visitor', 'IP address', 'dclid']);
  expect(tags[0]?.description).toBe('gclid; msclkid');
  expect(tags[1]?.description).toBe("emailMicrosoft: SHA-256 by Microsoft's rule; emailPlain: SHA-256 of the plain form");
});

test('getMatchKeyBadges groups name, birth and address after the match keys', () => {
  const tags = getMatchKeyBadges(['firstNameLetters', 'zip', 'lastNamePlain', 'gender', 'phoneDigits']);
  expect(tags.map(({ label }) => label)).toEqual(['Phone', 'Name', 'Postal address', 'Birth and gender']);
});

test('labels keep unknown keys unchanged', () => {
  expect(getMatchKeyBadges(['constructor'])).toEqual([{ key: 'constructor', label: 'constructor', description: 'constructor' }]);
  expect(getRecalledKeyLabel('clickIds.gclid')).toBe('Click ID gclid');
  expect(getRecalledKeyLabel('toString')).toBe('toString');
  expect(getRecallSourceLabel('order')).toBe('another event of the same order');
});

test('summarizeWarnings counts the fields of the report only, not those of a payload', () => {
  const warning = { field: 'page.title', code: 'too-long', message: 'The title is too long.' };
  expect([[], [warning], [warning, warning]].map((warnings) => summarizeWarnings({ warnings, keys: [] }))).toEqual([
    'Convey kept all fields of the report.',
    'Convey removed or changed one field of the report.',
    'Convey removed or changed 2 fields of the report.',
  ]);
});

test('describeBrowserTags returns what a tag received after a denial, and nothing for a webhook', () => {
  const page = { browserTags: { microsoft: 'ran', meta: 'blocked', tiktok: 'none' } } as const;
  const granted = { stated: 'granted', effective: 'granted' } as const;
  const denied = { stated: 'denied', effective: 'denied' } as const;
  const describe = (name: string, consent: typeof granted | typeof denied, reporter: 'browser' | 'webhook' = 'browser') =>
    describeBrowserTags({ name, reporter, consent, page });
  expect(describe('Purchase', denied)).toEqual([
    ['no consent, so not loaded, or without personal and order data', ['microsoft', 'meta']],
  ]);
  expect(describe('Purchase', granted)).toEqual([
    ['the same name and ID is reported, which counts once', ['microsoft']],
    ['not loaded', ['meta']],
  ]);
  expect(describe('PageView', granted)).toContainEqual(['did not count this page view', ['tiktok']]);
  expect(describe('Purchase', granted, 'webhook')).toEqual([]);
  expect(describeBrowserTags({ name: 'Lead', reporter: 'browser', via: 'hook:crm', consent: granted, page })).toEqual([]);
});

test('getAttemptResultLabel names no other events when a rejected request had one event', () => {
  expect(getAttemptResultLabel({ result: 'peel', events: 3 }, true)).toBe('Rejected, other events sent again');
  expect(getAttemptResultLabel({ result: 'peel', events: 1 }, false)).toBe('Rejected, tried again');
  expect(getAttemptResultLabel({ result: 'split', events: 1 }, true)).toBe('Rejected');
  expect(getAttemptResultLabel({ result: 'delivered', events: 1 }, true)).toBe('Delivered');
});

test('getAttemptResultLabel states no missing response if there is one', () => {
  expect(getAttemptResultLabel({ result: 'unknown', events: 2 }, true)).toBe('No response');
  expect(getAttemptResultLabel({ result: 'unknown', events: 2, status: 200 }, true)).toBe('Not confirmed, will be sent again');
});

test('summarizeWarnings states that a test order is not sent, and an order of a till only by a rule', () => {
  expect(summarizeWarnings({ warnings: [], keys: [], notSent: 'test-order' })).toBe(
    'Test order: personal data was not stored, and the event is not sent.',
  );
  expect(summarizeWarnings({ warnings: [], keys: [], notSent: 'record-only' })).toBe(
    'Kept for the record: personal data was not stored.',
  );
  expect(summarizeWarnings({ warnings: [], keys: ['emailPlain'], notSent: 'record-only' })).toBe(
    'Kept for the record: the event is not sent.',
  );
  expect(summarizeWarnings({ warnings: [], keys: ['emailPlain'], notSent: 'offline-order' })).toBe(
    'Order from outside the storefront: it is sent only if a rule counts it apart.',
  );
});
