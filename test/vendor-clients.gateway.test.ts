import { createSign, generateKeyPairSync } from 'node:crypto';
import { IngestionServiceClient } from '@google-ads/datamanager';
import { CustomData, EventRequest, ServerEvent, UserData } from 'facebook-nodejs-business-sdk';
import { OAuth2Client } from 'google-auth-library';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sha256 } from '../src/identity/hashing.ts';
import { normalizeEmail, normalizePhone, parsePhone } from '../src/identity/normal-forms.ts';
import { normalizePersonField } from '../src/identity/person-forms.ts';
import { startGoogleAdsSimulator } from '../src/simulators/google-ads/simulator.ts';
import { startMetaSimulator } from '../src/simulators/meta/simulator.ts';

/** The vendors' own clients, without a change, against Convey's simulators and hashes. */

const account = 'convey@project.iam.gserviceaccount.example';
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const person = 'jane.doe@shop.example';

async function startGoogle() {
  const google = await startGoogleAdsSimulator({ port: 0, credentials: { serviceAccounts: { [account]: publicKey } } });
  onTestFinished(google.close);
  return google;
}

function createGoogleClient(url: string, key = privateKey) {
  const { hostname, port } = new URL(url);
  const credentials = { client_email: account, private_key: key };
  const options = { fallback: true, protocol: 'http', apiEndpoint: hostname, port: Number(port), credentials };
  const client = new IngestionServiceClient(options);
  onTestFinished(() => client.close());
  return client;
}

const createRequest = (encoding: 'HEX' | 'BASE64') => ({
  encoding,
  destinations: [
    { operatingAccount: { accountType: 'GOOGLE_ADS' as const, accountId: '1234567890' }, productDestinationId: '987654321' },
  ],
  events: [
    {
      transactionId: `order-${encoding}`,
      eventTimestamp: { seconds: Math.floor(Date.now() / 1_000) - 60 },
      eventSource: 'WEB' as const,
      conversionValue: 59.9,
      currency: 'EUR',
      userData: {
        userIdentifiers: [
          { emailAddress: encoding === 'HEX' ? sha256(person) : Buffer.from(sha256(person), 'hex').toString('base64') },
        ],
      },
      consent: { adUserData: 'CONSENT_GRANTED' as const, adPersonalization: 'CONSENT_GRANTED' as const },
    },
  ],
});

describe("Google's client", () => {
  test.each(['HEX', 'BASE64'] as const)(
    'sends events with a self-signed JWT, enums by number and hashes as %s',
    async (encoding) => {
      const google = await startGoogle();
      const client = createGoogleClient(google.url);
      const [{ requestId }] = await client.ingestEvents(createRequest(encoding));
      expect(requestId).toMatch(/./);
      expect(google.journalEvents()).toMatchObject([{ server: [{ event: { transactionId: `order-${encoding}` } }] }]);
      const [status] = await client.retrieveRequestStatus({ requestId: requestId ?? '' });
      expect(status.requestStatusPerDestination).toHaveLength(1);
    },
  );

  test('is refused with the key of another account', async () => {
    const google = await startGoogle();
    const other = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    await expect(createGoogleClient(google.url, `${other}`).ingestEvents(createRequest('HEX'))).rejects.toThrow(
      /401|UNAUTHENTICATED|authentication/i,
    );
    expect(google.journalEvents()).toEqual([]);
  });

  const hour = { iat: Math.floor(Date.now() / 1_000), exp: Math.floor(Date.now() / 1_000) + 3_600 };
  const api = 'https://datamanager.googleapis.com/';
  test.each([
    ['the API as its audience', { aud: api }, 400],
    ['another audience', { aud: 'https://ads.googleapis.com/' }, 401],
    ['the token server as its audience', { aud: 'https://oauth2.googleapis.com/token' }, 401],
    ['both audience and scope', { aud: api, scope: 'https://www.googleapis.com/auth/datamanager' }, 401],
    ['an end in the past', { aud: api, iat: hour.iat - 7_200, exp: hour.iat - 3_600 }, 401],
    ['a life of a day', { aud: api, exp: hour.iat + 86_400 }, 401],
    ['another account', { aud: api, iss: 'other@project.iam.gserviceaccount.example' }, 401],
  ])('has a request without events answered for a JWT with %s', async (_what, claims, status) => {
    const google = await startGoogle();
    const parts = [
      { alg: 'RS256', typ: 'JWT' },
      { iss: account, sub: account, ...hour, ...claims },
    ];
    const head = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const token = `${head}.${createSign('RSA-SHA256').update(head).sign(privateKey, 'base64url')}`;
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${google.url}/v1/events:ingest`, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(status);
  });

  test("exchanges a refresh token at the simulator's token server", async () => {
    const google = await startGoogle();
    const client = new OAuth2Client({ clientId: 'c', clientSecret: 's', endpoints: { oauth2TokenUrl: `${google.url}/token` } });
    client.setCredentials({ refresh_token: 'r' });
    const { token } = await client.getAccessToken();
    const response = await client.request({
      url: `${google.url}/v1/events:ingest`,
      method: 'POST',
      data: {},
      validateStatus: () => true,
    });
    expect(token).toMatch(/^sim-/);
    expect(response.status).toBe(400);
  });
});

const dataset = '1234567890123456';

test("Meta's client sends a purchase to the simulator, which counts it", async () => {
  const meta = await startMetaSimulator({ port: 0, tokens: { [dataset]: 'EAAone' } });
  onTestFinished(meta.close);
  const user = new UserData().setEmail(person).setClientUserAgent('Mozilla/5.0 (X11; Linux x86_64)');
  const event = new ServerEvent()
    .setEventName('Purchase')
    .setEventTime(Math.floor(Date.now() / 1_000))
    .setEventId('purchase-1001')
    .setActionSource('website')
    .setEventSourceUrl('https://shop.example/thanks')
    .setUserData(user)
    .setCustomData(new CustomData().setValue(129.9).setCurrency('EUR').setOrderId('1001'));
  const http = {
    async executeRequest(url: string, method: string, headers: Readonly<Record<string, string>>, params: object) {
      const { pathname } = new URL(url);
      return (await fetch(meta.url + pathname, { method, headers, body: JSON.stringify(params) })).json();
    },
  };
  const request = new EventRequest('EAAone', dataset).setEvents([event]).setHttpService(http);
  expect(await request.execute()).toMatchObject({ events_received: 1 });
  expect(meta.journalEvents()).toMatchObject([{ eventId: 'purchase-1001', server: [{}] }]);
});

describe("Meta's normalizers", () => {
  const first = (value: string | readonly string[] | undefined) => (typeof value === 'string' ? value : value?.[0]);
  const ofMeta = (set: (user: UserData) => unknown, key: string) => {
    const user = new UserData();
    set(user);
    return first(user.normalize()[key]);
  };
  const toPhone = (text: string, country?: string) => {
    const phone = parsePhone(text, country);
    return phone && normalizePhone(phone).phoneDigits;
  };

  test.each([' Jane.Doe+Shop@Gmail.com ', 'JOHN@shop.example', 'a.b-c_d@sub.shop.example'])(
    'hash the e-mail %j as Convey does',
    (text) => {
      expect(ofMeta((user) => user.setEmail(text), 'em')).toBe(normalizeEmail(text)?.emailPlain);
    },
  );

  test.each(['+1 (425) 555-1234', '+4520123456', '+55 11 98765-4321', '005511987654321'])(
    'hash the phone %j as Convey does',
    (text) => {
      expect(ofMeta((user) => user.setPhone(text), 'ph')).toBe(toPhone(text, 'BR'));
    },
  );

  test.each([
    ['setFirstName', 'fn', 'firstName', 'Mary', undefined, 'firstNameLetters'],
    ['setLastName', 'ln', 'lastName', ' Müller ', undefined, 'lastNameLetters'],
    ['setCity', 'ct', 'city', 'St. Louis', 'US', 'city'],
    ['setState', 'st', 'state', 'CA', 'US', 'state'],
    ['setZip', 'zp', 'zip', '94107-1234', 'US', 'zip'],
    ['setZip', 'zp', 'zip', 'SW1A 2AA', 'GB', 'zip'],
    ['setCountry', 'country', 'country', 'DE', undefined, 'country'],
    ['setGender', 'ge', 'gender', 'Female', undefined, 'gender'],
  ] as const)('%s hashes %s as Convey does', (set, key, field, text, country, form) => {
    expect(ofMeta((user) => user[set](text), key)).toBe(normalizePersonField(field, text, country)?.[form]);
  });

  // The client does less than Meta's page asks. Convey follows the page.
  test.each([
    [
      'the zero in brackets of a phone',
      () => ofMeta((user) => user.setPhone('+44 (0)20 7183 8750'), 'ph'),
      toPhone('+44 (0)20 7183 8750'),
    ],
    [
      'the punctuation of a name',
      () => ofMeta((user) => user.setLastName("O'Brien-Smith"), 'ln'),
      normalizePersonField('lastName', "O'Brien-Smith")?.lastNameLetters,
    ],
    [
      'the name of a state',
      () => ofMeta((user) => user.setState('California'), 'st'),
      normalizePersonField('state', 'California', 'US')?.state,
    ],
    [
      'a postal code of digits and a dash',
      () => ofMeta((user) => user.setZip('01310-100'), 'zp'),
      normalizePersonField('zip', '01310-100', 'BR')?.zip,
    ],
  ])('keep %s, which Convey does not', (_what, hash, ours) => {
    expect(ours).toMatch(/^[0-9a-f]{64}$/);
    expect(hash()).not.toBe(ours);
  });
});
