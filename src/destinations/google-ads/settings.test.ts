import { describe, expect, test } from 'vitest';
import { readFixture } from '../kit/fixtures.suite.ts';
import { findConversion, listActions } from './conversions.ts';
import { googleAds } from './google-ads.ts';
import { settings } from './settings.ts';
import { setup } from './setup.ts';

const fixture = Object(readFixture(`${import.meta.dirname}/fixtures/settings.json`));

function listIssues(changes: object): readonly string[] {
  const result = googleAds.connect({ ...fixture, ...changes });
  return 'issues' in result ? result.issues.map(({ field, message }) => `${field}: ${message}`) : [];
}

test.each(['123-456-7890', '1234567890', ' 123 456 7890 ', 1_234_567_890])(
  '§1.2 the customer id %j is one of ten digits',
  (customerId) => {
    expect(settings.parse({ ...fixture, customerId, loginCustomerId: customerId })).toMatchObject({
      customerId: '1234567890',
      loginCustomerId: '1234567890',
    });
  },
);

test.each(['123456789', '12345678901', 'customers/1234567890', 'AW-123456789'])(
  '§1.2 the customer id %j is refused',
  (customerId) => {
    expect(listIssues({ customerId })).toEqual([expect.stringMatching(/^settings\.customerId: Must be a customer ID/)]);
  },
);

describe('§1.3 a conversion action', () => {
  test.each([
    ['987654321', '987654321 website'],
    ['987654321 website', '987654321 website'],
    [' 987654321  import ', '987654321 import'],
    [987_654_321, '987654321 website'],
    [{ action: '987654321', kind: 'import' }, '987654321 import'],
    [{ action: 987_654_321 }, '987654321 website'],
  ])('%j is read', (given, expected) => {
    expect(settings.parse({ ...fixture, conversions: { Purchase: given } }).conversions).toEqual({ Purchase: expected });
  });

  test.each(['AW-123456789/AbC', 'customers/1/conversionActions/2', '0', '987654321 offline', '', {}, { action: 'x' }, -1])(
    '%j is refused',
    (given) => {
      expect(listIssues({ conversions: { Purchase: given } })).toEqual([
        expect.stringMatching(/^settings\.conversions\.Purchase: Must be the number/),
      ]);
    },
  );
});

test('the events of `conversions` are known by every alias', () => {
  const { conversions } = settings.parse({
    ...fixture,
    conversions: { order_completed: '1', generate_lead: '2 import', Demo_Booked: '3' },
  });
  expect(findConversion('Purchase', conversions)).toEqual({ action: '1', kind: 'website' });
  expect(findConversion('Lead', conversions)).toEqual({ action: '2', kind: 'import' });
  expect(findConversion('demo_booked', conversions)).toEqual({ action: '3', kind: 'website' });
  expect(findConversion('PageView', conversions)).toBeUndefined();
  expect(listActions({ ...conversions, Other: '1 import' })).toEqual(['1', '2', '3']);
});

test('`conversions` names an event once, and at least one', () => {
  expect(listIssues({ conversions: {} })).toEqual([
    expect.stringContaining('settings.conversions: Must bind at least one event'),
  ]);
  expect(listIssues({ conversions: { Purchase: '1', purchase: '2' } })).toEqual([
    expect.stringContaining('settings.conversions.purchase: Repeats'),
  ]);
  expect(listIssues({ conversions: { 'Demo booked': '1' } })).toEqual([
    expect.stringContaining('settings.conversions.Demo booked: Must be an event name'),
  ]);
});

test('the chosen credential must be whole', () => {
  const { serviceAccount, ...without } = fixture;
  const ask = (given: object) => {
    const result = googleAds.connect(given);
    return 'issues' in result ? result.issues.map(({ field }) => field) : [];
  };
  expect(ask(without)).toEqual(['settings.serviceAccount']);
  expect(ask({ ...without, credential: 'refresh-token' })).toEqual([
    'settings.clientId',
    'settings.clientSecret',
    'settings.refreshToken',
  ]);
  const user = { credential: 'refresh-token', clientId: 'c', clientSecret: 's', refreshToken: 'r' };
  expect(ask({ ...without, ...user })).toEqual([]);
  // The other credential stays, so that it can be chosen again.
  expect(ask({ ...fixture, ...user })).toEqual([]);
  expect(serviceAccount).toContain('client_email');
});

test('the setup warns of page views as conversions, and of a kind without its tag', () => {
  const connection = (conversions: object) => ({
    id: 'google',
    destination: 'google-ads',
    enabled: true,
    settings: { ...fixture, conversions },
  });
  const site = (mode: 'off' | 'load') => ({
    id: 'shop',
    name: 'Shop',
    domains: [],
    platform: 'custom' as const,
    writeKey: 'wk_1',
    secretKeyHashes: [],
    consent: { policy: 'strict' as const },
    timeZone: 'UTC',
    bots: 'drop' as const,
    tags: { 'google-ads': { mode } },
    purchaseHoldSeconds: 0,
    purchases: 'as-reported' as const,
    accuracy: { alertUnder: null },
    webhooks: { secrets: [], purchaseOn: 'create' as const },
    connections: [],
  });
  const ask = (mode: 'off' | 'load', conversions: object) =>
    setup.checkSite?.(site(mode), [connection(conversions)]).map(({ says }) => says.split(',')[0]);
  expect(ask('load', { Purchase: '1 website' })).toEqual([]);
  expect(ask('off', { Purchase: '1 import' })).toEqual([]);
  expect(ask('off', { Purchase: '1 website' })).toEqual(['`conversions` has the kind `website`']);
  expect(ask('load', { PageView: '1 import' })).toEqual(['`conversions` binds `PageView`']);
});
