import { expect, test } from 'vitest';
import { settings } from './settings.ts';

const key = {
  client_email: 'convey@shop.example',
  private_key: '-----BEGIN PRIVATE KEY-----\nno key\n-----END PRIVATE KEY-----\n',
};
const client = { clientId: '1234-abc.apps.googleusercontent.com', clientSecret: 'GOCSPX-x', refreshToken: '1//r' };
const base = { customerId: 1234567890, conversions: { Purchase: '987654321' } };

const listProblems = (given: object) =>
  settings.safeParse({ ...base, ...given }).error?.issues.map(({ path }) => path.join('.')) ?? [];

test('conversions are read as a list and as an object', () => {
  const list = [
    { event: 'Purchase', actionId: '987654321', kind: 'website' },
    { event: 'Lead', actionId: 987654322, kind: 'import' },
    { event: 'SignUp', actionId: '987654323' },
  ];
  const { conversions } = settings.parse({ ...base, serviceAccount: JSON.stringify(key), conversions: list });
  expect(conversions).toEqual({ Purchase: '987654321 website', Lead: '987654322 import', SignUp: '987654323 website' });
});

test('each wrong entry of the list is named', () => {
  const list = [
    { event: 'Purchase', actionId: 'AW-1/abc' },
    { event: 'Lead', kind: 'offline' },
    { event: '1x', actionId: '2' },
    { event: 'SignUp', actionId: '3', label: 'x' },
  ];
  expect(listProblems({ serviceAccount: key, conversions: list.slice(1, 2) })).toEqual([
    'conversions.0.actionId',
    'conversions.0.kind',
  ]);
  expect(listProblems({ serviceAccount: key, conversions: list.slice(0, 1) })).toEqual(['conversions.Purchase']);
  expect(listProblems({ serviceAccount: key, conversions: list.slice(2, 3) })).toEqual(['conversions.1x']);
  expect(listProblems({ serviceAccount: key, conversions: list.slice(3) })).toEqual(['conversions.0']);
  const twice = [list[2], { event: 'Lead', actionId: '1' }, { event: 'Lead', actionId: '2' }];
  expect(listProblems({ serviceAccount: key, conversions: twice })).toContain('conversions.2.event');
  expect(listProblems({ serviceAccount: key, conversions: [] })).toEqual(['conversions']);
});

test('the key may be an object, and the credential need not be named', () => {
  expect(settings.parse({ ...base, serviceAccount: key })).toMatchObject({
    credential: 'service-account',
    serviceAccount: JSON.stringify(key),
  });
  expect(settings.parse({ ...base, ...client }).credential).toBe('refresh-token');
  expect(settings.parse({ ...base, ...client, serviceAccount: key }).credential).toBe('service-account');
  expect(settings.parse({ ...base, ...client, serviceAccount: key, credential: 'refresh-token' }).credential).toBe(
    'refresh-token',
  );
  expect(listProblems({})).toEqual(['serviceAccount']);
  expect(listProblems({ refreshToken: '1//r' })).toEqual(['clientId', 'clientSecret']);
  expect(listProblems({ customerId: '1', mode: 'x' })).toEqual(['customerId', 'mode', 'serviceAccount']);
  expect(listProblems({ credential: 'key' })).toEqual(['credential']);
});

test.each(['granted', 'denied', 'from-consent'])('personalization may be %s', (personalization) => {
  expect(settings.parse({ ...base, ...client, personalization }).personalization).toBe(personalization);
});
