import { describe, expect, test } from 'vitest';
import { acceptEvent } from '../../ingest/accept/accept.ts';
import { now, serverContext, shop } from '../../ingest/site.fixture.ts';
import { tiktok } from './tiktok.ts';

/** Raw values and their hashes, made with another tool by the rules of the page on parameters. */

const ofNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function sendUser(user: Readonly<Record<string, unknown>>) {
  const connected = tiktok.connect({ pixelCode: 'C4ABCDEF0123456789AB', token: 't' });
  if ('issues' in connected) throw new Error('the settings do not fit');
  const { defaultCountry: _, ...site } = shop;
  const given = {
    name: 'Lead',
    id: 'l-1',
    time: now,
    user: { ip: '203.0.113.7', userAgent: 'Mozilla/5.0', ...user },
    page: { url: 'https://shop.example/' },
  };
  const accepted = acceptEvent(given, serverContext, site, now, () => 'fresh');
  if (!('event' in accepted)) throw new Error(`not accepted: ${JSON.stringify(accepted)}`);
  const mapped = connected.platform.map({ ...accepted.event, reporters: ['server'] });
  if (!('payload' in mapped)) throw new Error(`not mapped: ${JSON.stringify(mapped)}`);
  expect(JSON.stringify(mapped.payload)).not.toContain(ofNothing);
  return mapped.payload;
}

describe('the e-mail', () => {
  test.each([
    [' Jane.Doe+Shop@Gmail.com ', '12122421314e3c02d8acd5467f1266e839588a1ea2e4da1c2ab81036b7cd62e5'],
    ['Jane.Doe@gmail.com', '831f6494ad6be4fcb3a724c3d5fef22d3ceffa3c62ef3a7984e45a0ea177f982'],
    ['Jane+tt@Example.com', '9042facd1da0a0cccf21100f98a3e63b546a8cc164ec31212e08fe07ffe7ab03'],
    ['Müller@example.de', 'eb2f85748266705ba113bc5c4ee633d9c2a7cc769d5f6d9f9767b854584b3c88'],
  ])('§3.1 %j has the hash that TikTok expects', (email, hash) => {
    expect(sendUser({ email })).toMatchObject({ user: { email: hash } });
  });

  test('§3.4 a given hash is lower-cased, and not hashed again', () => {
    const hash = '9042facd1da0a0cccf21100f98a3e63b546a8cc164ec31212e08fe07ffe7ab03';
    expect(sendUser({ emailSha256: hash.toUpperCase() })).toMatchObject({ user: { email: hash } });
  });

  test.each(['', '  '])('§2.10 %j is not sent', (email) => {
    expect(sendUser({ email })).not.toHaveProperty('user.email');
  });
});

test.each([
  [
    { firstName: ' Mary Ann', lastName: "O'Brien-Smith" },
    'first_name',
    '16b3f07f0ec2f9dd127b71dc2e6c791b7d93116a1c3bc99d057eaa7a8a077e73',
  ],
  [
    { firstName: 'Mary', lastName: "O'Brien-Smith" },
    'last_name',
    '16765783f9c8c8a3accf27f1abb877688cb5904c21a4a7afb5f125bcfcb246ba',
  ],
  [
    { address: { zip: '94107-1234', country: 'US' } },
    'zip_code',
    'c884a209ebe08750a7d13db63bd02233b375bd79786cbe329ab11586cc35dead',
  ],
  [
    { address: { zip: 'SW1A 2AA', country: 'GB' } },
    'zip_code',
    'a5c027b44d4d7b5acc1d9375b4e4b718863ae903b9f2b01697f686ca2522b8ce',
  ],
])('§3.10 of %j the field %s has the hash that TikTok expects', (user, field, hash) => {
  expect(sendUser(user)).toMatchObject({ user: { [field]: hash } });
});

describe('the phone', () => {
  test.each([
    ['+1 (425) 555-0123', undefined, '6dee31cf75946e409817e979fe66f9260b44eb804f3c6acc1cff462048efa4b6'],
    ['06 12 34 56 78', 'FR', '42d573cfc315801d4cd8eddd5416b416a0bf298b9b9e12d6b07442c91db42bd8'],
  ])('§3.2 %j of the country %j has the hash that TikTok expects', (phone, country, hash) => {
    expect(sendUser({ phone, ...(country !== undefined && { country }) })).toMatchObject({ user: { phone: hash } });
  });

  test('§3.2 a national number without a country is not sent', () => {
    expect(sendUser({ phone: '4255550123' })).not.toHaveProperty('user.phone');
  });
});

test('§3.3 the customer id is trimmed and keeps its case', () => {
  expect(sendUser({ externalId: ' Customer-42 ' })).toMatchObject({
    user: { external_id: '724add28865281f27c0ad0d55ce7a20c5cdfc17706c04f7b2a2ea6693f677aa8' },
  });
});

test('§3.5 a click id of 2,048 characters in the URL of the page is stored and sent whole', () => {
  const connected = tiktok.connect({ pixelCode: 'C4', token: 't' });
  const ttclid = `E.C.P.${'Qz9_'.repeat(510)}ab`;
  const url = `https://shop.example/landing?utm_source=tiktok&ttclid=${ttclid}`;
  const given = { name: 'Lead', id: 'l-2', time: now, page: { url } };
  const accepted = acceptEvent(given, serverContext, shop, now, () => 'fresh');
  if (!('event' in accepted) || 'issues' in connected) throw new Error('not accepted');
  expect(connected.platform.map({ ...accepted.event, reporters: ['server'] })).toMatchObject({
    payload: { user: { ttclid }, page: { url } },
  });
});
