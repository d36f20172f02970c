import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  askStatus,
  createDestination,
  createEvent,
  emailHash,
  exchange,
  now,
  purchaseAction,
  send,
  sendBeacon,
  start,
} from './google-ads.fixture.ts';
import type { GoogleAdsSimulator } from './simulator.ts';

const hour = 3_600_000;

/** Returns the violations of a response as `field reason`. */
async function listViolations(response: Response): Promise<readonly string[]> {
  const { error }: { error: { details: { fieldViolations?: { field: string; reason?: string }[] }[] } } = JSON.parse(
    await response.text(),
  );
  return error.details.flatMap(({ fieldViolations = [] }) =>
    fieldViolations.map(({ field, reason }) => `${field} ${reason ?? '–'}`),
  );
}

describe('the token server', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const email = 'convey@shop.example';
  const serviceAccounts = { [email]: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = {
    iss: email,
    scope: 'https://www.googleapis.com/auth/datamanager',
    aud: 'https://oauth2.googleapis.com/token',
    iat: now / 1_000,
    exp: now / 1_000 + 3_600,
  };
  const post = ({ url }: GoogleAdsSimulator, changes: object = {}, header: object = { alg: 'RS256', typ: 'JWT' }) => {
    const input = `${encode(header)}.${encode({ ...claims, ...changes })}`;
    const signature = sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url');
    const fields = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: `${input}.${signature}` };
    return fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams(fields) });
  };

  test('exchanges a signed JWT', async () => {
    const response = await post(await start({ credentials: { serviceAccounts } }));
    expect(await response.json()).toEqual({
      access_token: 'sim-1',
      expires_in: 3_599,
      token_type: 'Bearer',
      scope: 'https://www.googleapis.com/auth/datamanager',
    });
  });

  test.each([
    ['of another scope', { scope: 'https://www.googleapis.com/auth/adwords' }, 'Invalid JWT.'],
    ['for another audience', { aud: 'https://datamanager.googleapis.com' }, 'Invalid JWT.'],
    ['that lives over an hour', { exp: claims.exp + 1 }, 'short-lived'],
    ['that has ended', { iat: claims.iat - 3_600, exp: claims.iat }, 'short-lived'],
    ['from the future', { iat: claims.iat + 61, exp: claims.exp }, 'short-lived'],
    ['of another account', { iss: 'other@shop.example' }, 'account not found'],
  ])('refuses a JWT %s', async (_, changes, description) => {
    const response = await post(await start({ credentials: { serviceAccounts } }), changes);
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: 'invalid_grant', error_description: expect.stringContaining(description) },
    ]);
  });

  test('refuses a JWT that another key signed, and one without RS256', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString();
    const google = await start({ credentials: { serviceAccounts: { [email]: other } } });
    expect(await (await post(google)).json()).toMatchObject({ error_description: 'Invalid JWT Signature.' });
    expect((await post(google, {}, { alg: 'none' })).status).toBe(400);
  });

  test('refuses an unknown refresh token, and requests of another form', async () => {
    const google = await start({ credentials: { refreshTokens: ['known'] } });
    const ask = async (body: URLSearchParams | string) => {
      const response = await fetch(`${google.url}/token`, { method: 'POST', body });
      return [response.status, (await response.json()).error];
    };
    const fields = { grant_type: 'refresh_token', client_id: 'c', client_secret: 's', refresh_token: 'known' };
    expect((await ask(new URLSearchParams(fields)))[0]).toBe(200);
    expect(await ask(new URLSearchParams({ ...fields, refresh_token: 'other' }))).toEqual([400, 'invalid_grant']);
    expect(await ask(new URLSearchParams({ ...fields, client_id: '' }))).toEqual([401, 'invalid_client']);
    expect(await ask(new URLSearchParams({ ...fields, grant_type: 'password' }))).toEqual([400, 'unsupported_grant_type']);
    expect(await ask('{"grant_type":"refresh_token"}')).toEqual([400, 'invalid_request']);
  });

  test('a token ends with its lifetime', async () => {
    let at = now;
    const google = await start({ now: () => at });
    const token = await exchange(google);
    at += 3_598_000;
    expect((await send(google, [createEvent()], { token })).status).toBe(200);
    at += 1_000;
    expect((await send(google, [createEvent()], { token })).status).toBe(401);
  });
});

describe('events:ingest', () => {
  test('accepts the documented example', async () => {
    const response = await send(await start(), [createEvent()]);
    expect([response.status, await response.json()]).toEqual([200, { requestId: expect.stringMatching(/^request-\d+$/) }]);
  });

  test('refuses a request without a token, and one with an unknown token', async () => {
    const google = await start();
    const bare = await fetch(`${google.url}/v1/events:ingest`, { method: 'POST', body: '{}' });
    expect([bare.status, (await bare.json()).error.details[0].reason]).toEqual([401, 'CREDENTIALS_MISSING']);
    expect((await send(google, [createEvent()], { token: 'other' })).status).toBe(401);
  });

  test.each([
    ['an unknown name', createEvent({ gclid: 'x' }), ['events[0] –']],
    [
      'an unknown name below',
      createEvent({ userData: { userIdentifiers: [{ email: emailHash }] } }),
      ['events[0].user_data.user_identifiers[0] –'],
    ],
    ['a wrong word of consent', createEvent({ consent: { adUserData: 'GRANTED' } }), ['events[0].consent.ad_user_data –']],
    ['a wrong source', createEvent({ eventSource: 'WEBSITE' }), ['events[0].event_source –']],
    ['a time in seconds', createEvent({ eventTimestamp: '1795771800' }), ['events[0].event_timestamp –']],
    [
      'a fraction as a quantity',
      createEvent({ cartData: { items: [{ quantity: 1.5 }] } }),
      ['events[0].cart_data.items[0].quantity –'],
    ],
    ['two of them', createEvent({ a: 1, eventSource: 'X' }), ['events[0].event_source –', 'events[0] –']],
  ])('the parser refuses %s without a reason', async (_, event, expected) => {
    const response = await send(await start(), [event]);
    expect(response.status).toBe(400);
    expect((await listViolations(response)).toSorted()).toEqual(expected.toSorted());
  });

  test('the parser takes snake case, null and any offset', async () => {
    const { eventTimestamp: _, transactionId: __, ...event } = createEvent();
    const given = {
      ...event,
      event_timestamp: '2026-11-27T10:00:00+01:00',
      transaction_id: 'A-1',
      conversionValue: null,
      currency: null,
    };
    expect((await send(await start(), [given])).status).toBe(200);
  });

  test.each([
    ['no time', { eventTimestamp: undefined }, 'events.events[0].event_timestamp REQUIRED_FIELD_MISSING'],
    ['a time two days ahead', { eventTimestamp: '2026-11-29T10:00:00Z' }, 'events.events[0].event_timestamp EVENT_TIME_INVALID'],
    ['an unknown currency', { currency: 'EUX' }, 'events.events[0].currency INVALID_CURRENCY_CODE'],
    ['a value without a currency', { currency: undefined }, 'events.events[0].currency REQUIRED_FIELD_MISSING'],
    ['no identifier', { userData: undefined, adIdentifiers: undefined }, 'events.events[0] NO_IDENTIFIERS_PROVIDED'],
    [
      'an address alone',
      { userData: undefined, adIdentifiers: undefined, eventDeviceInfo: { ipAddress: '203.0.113.42' } },
      'events.events[0] NO_IDENTIFIERS_PROVIDED',
    ],
    [
      'an e-mail that is not hashed',
      { userData: { userIdentifiers: [{ emailAddress: 'jane@shop.example' }] } },
      'events.events[0].user_data.user_identifiers[0].email_address INVALID_HEX_ENCODING',
    ],
    [
      'eleven identifiers',
      { userData: { userIdentifiers: Array(11).fill({ emailAddress: emailHash }) } },
      'events.events[0].user_data TOO_MANY_USER_IDENTIFIERS',
    ],
    [
      'two kinds in one identifier',
      { userData: { userIdentifiers: [{ emailAddress: emailHash, phoneNumber: emailHash }] } },
      'events.events[0].user_data.user_identifiers[0] INVALID_FORMAT',
    ],
    ['an id of 65 characters', { transactionId: 'x'.repeat(65) }, 'events.events[0].transaction_id FIELD_VALUE_TOO_LONG'],
    ['an empty cart', { cartData: { merchantId: '1', items: [] } }, 'events.events[0].cart_data.items REQUIRED_FIELD_MISSING'],
    [
      'a merchant that is no number',
      { cartData: { merchantId: 'm', items: [{ merchantProductId: 'a', unitPrice: 1 }] } },
      'events.events[0].cart_data.merchant_id INVALID_MERCHANT_ID',
    ],
    ['a name of Analytics', { eventName: 'purchase' }, 'events.events[0].event_name INVALID_EVENT'],
  ])('refuses an event with %s, and the whole request', async (_, changes, expected) => {
    const google = await start();
    const response = await send(google, [createEvent(changes), createEvent({ transactionId: 'A-2' })]);
    expect([response.status, await listViolations(response)]).toEqual([400, [expected]]);
    expect(google.journalEvents()).toEqual([]);
  });

  test.each([
    [
      'hyphens in the account',
      [createDestination({ operatingAccount: { accountType: 'GOOGLE_ADS', accountId: '123-456-7890' } })],
      'destinations.destinations[0].operating_account.account_id INVALID_NUMBER_FORMAT',
    ],
    [
      'a label as the action',
      [createDestination({ productDestinationId: 'AW-1/abc' })],
      'destinations.destinations[0].product_destination_id INVALID_CONVERSION_ACTION_ID',
    ],
    [
      'equal references',
      [createDestination({ reference: 'a' }), createDestination({ reference: 'a' })],
      'destinations.destinations[1].reference DUPLICATE_DESTINATION_REFERENCE',
    ],
    ['no destination', [], 'destinations REQUIRED_FIELD_MISSING'],
  ])('refuses %s', async (_, destinations, expected) => {
    expect(await listViolations(await send(await start(), [createEvent()], { destinations }))).toEqual([expected]);
  });

  const actions = [
    { id: '1', name: 'Purchase', type: 'WEBPAGE', owner: '1234567890' },
    { id: '2', name: 'Lead', type: 'UPLOAD_CLICKS' },
    { id: '3', name: 'Call', type: 'OTHER' },
    { id: '4', name: 'New', type: 'WEBPAGE', isAllowlisted: false },
    { id: '5', name: 'Terms', type: 'WEBPAGE', termsSigned: false },
  ] as const;

  test.each([
    ['an unknown action', '9', {}, 'destinations.destinations[0].product_destination_id INVALID_CONVERSION_ACTION_ID'],
    ['an action of another type', '3', {}, 'destinations.destinations[0].product_destination_id INVALID_CONVERSION_ACTION_TYPE'],
    ['an action that is not open to the account', '4', {}, 'destinations.destinations[0] NOT_ALLOWLISTED'],
    [
      'a website conversion without a transaction id',
      '1',
      { transactionId: undefined },
      'events.events[0].transaction_id REQUIRED_FIELD_MISSING',
    ],
    [
      'a website conversion of a phone',
      '1',
      { eventSource: 'PHONE' },
      'events.events[0].event_source EVENT_SOURCE_AND_DESTINATION_MISMATCH',
    ],
    ['an import without a source', '2', { eventSource: undefined }, 'events.events[0].event_source REQUIRED_FIELD_MISSING'],
    [
      'user data without signed terms',
      '5',
      {},
      'events.events[0].destination_references[0] DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED',
    ],
  ])('refuses %s', async (_, productDestinationId, changes, expected) => {
    const google = await start({ overrides: { actions } });
    const destinations = [createDestination({ productDestinationId })];
    expect(await listViolations(await send(google, [createEvent(changes)], { destinations }))).toEqual([expected]);
  });

  test('refuses an action of another account', async () => {
    const google = await start({ overrides: { actions } });
    const account = { accountType: 'GOOGLE_ADS', accountId: '9999999999' };
    const destinations = [createDestination({ productDestinationId: '1', operatingAccount: account })];
    expect(await listViolations(await send(google, [createEvent()], { destinations }))).toEqual([
      'destinations.destinations[0].product_destination_id INVALID_CONVERSION_ACTION_ID',
    ]);
  });

  test('refuses user data without an encoding, no events, and more than 2,000', async () => {
    const google = await start();
    expect(await listViolations(await send(google, [createEvent()], { root: { encoding: undefined } }))).toEqual([
      'encoding REQUIRED_FIELD_MISSING',
    ]);
    expect(await listViolations(await send(google, []))).toEqual(['events REQUIRED_FIELD_MISSING']);
    const many = Array(2_001).fill(createEvent({ userData: undefined }));
    expect(await listViolations(await send(google, many))).toEqual(['events TOO_MANY_EVENTS']);
  });

  test('warns of an item without a price, and of items beside a braid', async () => {
    const event = createEvent({
      adIdentifiers: { gbraid: '0A' },
      cartData: { merchantId: '1', items: [{ merchantProductId: 'a' }] },
    });
    const { fieldWarnings }: { fieldWarnings: { field: string; reason: string }[] } = JSON.parse(
      await (await send(await start(), [event])).text(),
    );
    expect(fieldWarnings.map(({ field, reason }) => `${field} ${reason}`)).toEqual([
      'events.events[0].cart_data.items[0].unit_price ITEM_UNIT_PRICE_MISSING',
      'events.events[0].cart_data CART_DATA_NOT_SUPPORTED_WITH_BRAID',
    ]);
  });

  test('an event goes to the destinations that it refers to', async () => {
    const google = await start();
    const destinations = ['1', '2'].map((id) => createDestination({ productDestinationId: id, reference: id }));
    await send(google, [createEvent({ destinationReferences: ['2'] }), createEvent({ transactionId: 'A-2' })], { destinations });
    expect(google.journalEvents().map(({ actionId, transactionId }) => `${actionId} ${transactionId}`)).toEqual([
      '2 A-1001',
      '1 A-2',
      '2 A-2',
    ]);
  });

  test('stores nothing of a request that is only checked', async () => {
    const google = await start();
    const response = await send(google, [createEvent()], { root: { validateOnly: true } });
    const { requestId } = await response.json();
    expect(google.journalEvents()).toEqual([]);
    expect((await askStatus(google, requestId)).status).toBe(400);
  });

  test('the quota is 300 requests a minute', async () => {
    let at = now;
    const google = await start({ overrides: { requestsPerMinute: 2 }, now: () => at });
    const token = await exchange(google);
    const statuses = [];
    for (const _ of [1, 2, 3]) statuses.push((await send(google, [createEvent()], { token })).status);
    at += 60_000;
    expect([...statuses, (await send(google, [createEvent()], { token })).status]).toEqual([200, 200, 429, 200]);
  });
});

describe('the verdict', () => {
  async function ask(events: readonly unknown[], afterMs: number, fault?: Parameters<GoogleAdsSimulator['faults']>[0]) {
    let at = now;
    const google = await start({ now: () => at });
    if (fault) google.faults(fault);
    const { requestId } = await (await send(google, events)).json();
    at += afterMs;
    const response = await askStatus(google, requestId);
    const {
      requestStatusPerDestination: [status],
    } = await response.json();
    return status;
  }

  test('is open for 30 minutes, without counts', async () => {
    expect(await ask([createEvent()], hour / 2 - 1)).toEqual({
      destination: createDestination(),
      requestStatus: 'PROCESSING',
      eventsIngestionStatus: { recordCount: '1' },
    });
    expect(await ask([createEvent()], hour / 2)).toMatchObject({ requestStatus: 'SUCCESS', errorInfo: { errorCounts: [] } });
  });

  const withClick = (gclid: string, changes: object = {}) =>
    createEvent({ adIdentifiers: { gclid }, transactionId: gclid, ...changes });

  test('counts reasons and names no event', async () => {
    const events = [withClick('sim-invalid-1'), withClick('sim-invalid-2'), withClick('sim-notfound'), withClick('Cj0')];
    const { requestStatus, errorInfo } = await ask(events, hour);
    expect([requestStatus, errorInfo]).toEqual([
      'PARTIAL_SUCCESS',
      {
        errorCounts: [
          { recordCount: '2', reason: 'PROCESSING_ERROR_REASON_INVALID_GCLID' },
          { recordCount: '1', reason: 'PROCESSING_ERROR_REASON_CLICK_NOT_FOUND' },
        ],
      },
    ]);
  });

  test.each([
    ['sim-conversion-precedes-click', {}, 'PROCESSING_ERROR_REASON_CONVERSION_PRECEDES_CLICK'],
    ['sim-operating-account-mismatch-for-ad-identifier', {}, 'PROCESSING_ERROR_OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER'],
    ['sim-fresh', {}, 'PROCESSING_ERROR_REASON_TOO_RECENT_CLICK'],
    ['Cj0', { consent: { adUserData: 'CONSENT_DENIED' } }, 'PROCESSING_ERROR_REASON_DENIED_CONSENT'],
    ['Cj0', { eventTimestamp: '2026-08-01T00:00:00Z' }, 'PROCESSING_ERROR_REASON_EVENT_TOO_OLD'],
  ])('fails for a click id %s', async (gclid, changes, reason) => {
    const { requestStatus, errorInfo } = await ask([withClick(gclid, changes)], hour);
    expect([requestStatus, errorInfo.errorCounts]).toEqual(['FAILED', [{ recordCount: '1', reason }]]);
  });

  test('a click that was too recent is accepted 6 hours after the event', async () => {
    const { requestStatus } = await ask([withClick('sim-fresh', { eventTimestamp: '2026-11-27T03:30:00Z' })], hour);
    expect(requestStatus).toBe('SUCCESS');
  });

  test('an action that counts one conversion refuses braids', async () => {
    let at = now;
    const actions = [{ id: purchaseAction, name: 'Purchase', type: 'WEBPAGE', countsOne: true }] as const;
    const google = await start({ overrides: { actions }, now: () => at });
    const { requestId } = await (await send(google, [createEvent({ adIdentifiers: { wbraid: 'w' } })])).json();
    at += hour;
    expect(await (await askStatus(google, requestId)).text()).toContain(
      'ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID',
    );
  });

  test('an unknown request has none', async () => {
    const response = await askStatus(await start(), 'other');
    expect([response.status, (await response.json()).error.details[0].reason]).toEqual([400, 'INVALID_REQUEST_ID']);
  });

  test('a fault refuses named events later', async () => {
    const fault = { mode: 'refuse-later' as const, reason: 'INVALID_CLICK', eventIds: ['A-2'] };
    const status = await ask([createEvent(), createEvent({ transactionId: 'A-2' })], hour, fault);
    expect(status).toMatchObject({
      requestStatus: 'PARTIAL_SUCCESS',
      errorInfo: { errorCounts: [{ recordCount: '1', reason: 'PROCESSING_ERROR_REASON_INVALID_CLICK' }] },
    });
  });
});

describe('the journal', () => {
  test('merges tag and server by the transaction id, and restates the value', async () => {
    const google = await start();
    await sendBeacon(google, { value: '50', gclid: 'Cj0' });
    await send(google, [createEvent({ adIdentifiers: undefined })]);
    expect(google.journalEvents()).toMatchObject([
      {
        actionId: purchaseAction,
        transactionId: 'A-1001',
        counted: 'browser',
        isMerged: true,
        adjustments: 1,
        value: 59.9,
        currency: 'EUR',
        matchedBy: ['gclid', 'email'],
        verdict: 'processing',
      },
    ]);
  });

  test('merges the other way round, by the label of the action', async () => {
    const actions = [
      { id: purchaseAction, name: 'Purchase', type: 'WEBPAGE', label: 'AW-123456789/AbC' },
      { id: '2', name: 'Other', type: 'WEBPAGE' },
    ] as const;
    const google = await start({ overrides: { actions } });
    await send(google, [createEvent()]);
    await send(google, [createEvent()], { destinations: [createDestination({ productDestinationId: '2' })] });
    await sendBeacon(google);
    await sendBeacon(google, { label: 'unknown', oid: 'A-7' });
    expect(google.journalEvents().map(({ actionName, counted, isMerged }) => [actionName, counted, isMerged])).toEqual([
      ['Purchase', 'server', true],
      ['Other', 'server', false],
      ['AW-123456789/unknown', 'browser', false],
    ]);
  });

  test('a repeated request adjusts, and counts nothing again', async () => {
    const google = await start();
    await send(google, [createEvent()]);
    await send(google, [createEvent({ conversionValue: 40 })]);
    expect(google.journalEvents()).toMatchObject([{ counted: 'server', isMerged: false, adjustments: 1, value: 40 }]);
  });

  test('a refused report counts nothing, and a later one may', async () => {
    const google = await start();
    await send(google, [createEvent({ adIdentifiers: { gclid: 'sim-invalid' } })]);
    expect(google.journalEvents()).toMatchObject([{ counted: 'none', refusal: 'INVALID_GCLID', verdict: 'processing' }]);
    await send(google, [createEvent()]);
    expect(google.journalEvents()).toMatchObject([{ counted: 'server', refusal: null, adjustments: 0 }]);
  });

  test('a beacon without consent counts nothing', async () => {
    const google = await start();
    await sendBeacon(google, { gcs: 'G100' });
    expect(google.journalEvents()).toMatchObject([{ counted: 'none', refusal: null, verdict: 'none' }]);
  });

  test('reports without a transaction id are conversions of their own', async () => {
    const google = await start();
    await send(google, [createEvent({ transactionId: undefined }), createEvent({ transactionId: undefined })]);
    expect(google.journalEvents().map(({ why }) => why.includes('no transaction id'))).toEqual([true, true]);
  });

  test('shows no raw identity, and no token', async () => {
    const google = await start();
    const raw = {
      userData: { user_identifiers: [{ email_address: 'jane@shop.example', phoneNumber: '+14255550123' }] },
      transactionId: 'jane@shop.example',
    };
    await send(google, [createEvent(raw)], { token: await exchange(google) });
    const text = JSON.stringify([google.journal(), google.journalEvents()]) + (await (await fetch(google.url)).text());
    for (const secret of ['jane@', '4255550123', 'sim-1']) expect(text).not.toContain(secret);
    expect(text).toContain('INVALID_HEX_ENCODING');
  });

  test('the page shows what is counted, with its verdict, and escapes hostile texts', async () => {
    const google = await start();
    await sendBeacon(google, { oid: '<script>alert(1)</script>', gclid: 'Cj0' });
    await send(google, [createEvent({ transactionId: '<script>alert(1)</script>' })]);
    google.faults({ mode: 'reject', reason: 'INVALID_EVENT' });
    await send(google, [createEvent({ transactionId: 'A-2' })]);
    const page = await (await fetch(google.url)).text();
    expect(page).toContain('<b>1</b> conversion counted');
    for (const text of ['merged', 'verdict open', 'INVALID_EVENT', '1 adjustment', 'Active fault']) expect(page).toContain(text);
    expect(page).not.toContain('<script>alert');
    google.clearJournal();
    expect(await (await fetch(google.url)).text()).toContain('No conversions yet');
  });
});

test.each([
  ['401', 401, 'UNAUTHENTICATED'],
  ['403', 403, 'SERVICE_DISABLED'],
  ['scope', 403, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'],
  ['404', 404, 'NOT_FOUND'],
  ['409', 409, 'ABORTED'],
  ['413', 413, 'Request Entity Too Large'],
  ['429', 429, 'IngestionRequestsPerMinutePerProject'],
  ['daily-quota', 429, 'IngestionRequestsPerDayPerProject'],
  ['500', 500, 'INTERNAL'],
  ['503', 503, 'UNAVAILABLE'],
  ['400-no-details', 400, 'INVALID_ARGUMENT'],
  ['html', 502, '<!doctype html>'],
  ['no-request-id', 200, '{}'],
] as const)('the fault %s answers %i', async (mode, status, text) => {
  const google = await start();
  google.faults({ mode, count: 1, retryAfter: 7 });
  const response = await send(google, [createEvent()]);
  expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(text)]);
  expect(response.headers.get('retry-after')).toBe(mode === 'no-request-id' ? null : '7');
  expect(google.faults().mode).toBe('ok');
});

test('faults of rejections name the events, the first only, or none', async () => {
  const google = await start();
  const events = ['A-1', 'A-2', 'A-3'].map((transactionId) => createEvent({ transactionId }));
  google.faults({ mode: 'reject', eventIds: ['A-1', 'A-3'], reason: 'INVALID_FORMAT' });
  expect(await listViolations(await send(google, events))).toEqual([
    'events.events[0] INVALID_FORMAT',
    'events.events[2] INVALID_FORMAT',
  ]);
  google.faults({ mode: 'reject', eventIds: ['A-3'], details: 'none' });
  expect(await listViolations(await send(google, events))).toEqual(['events INVALID_EVENT']);
  google.faults({ mode: 'first-only' });
  const wrong = events.map((event) => ({ ...event, currency: 'EUX' }));
  expect(await listViolations(await send(google, wrong))).toEqual(['events.events[0].currency INVALID_CURRENCY_CODE']);
});

test('faults of the verdict hold, forget or break it', async () => {
  let at = now;
  const google = await start({ now: () => at });
  const { requestId } = await (await send(google, [createEvent()])).json();
  at += hour;
  google.faults({ mode: 'processing', count: 1 });
  expect(await (await askStatus(google, requestId)).text()).toContain('PROCESSING');
  google.faults({ mode: 'forget', count: 1 });
  expect(await (await askStatus(google, requestId)).text()).toContain('INVALID_REQUEST_ID');
  google.faults({ mode: 'status-503', count: 1 });
  expect((await askStatus(google, requestId)).status).toBe(503);
  expect(await (await askStatus(google, requestId)).text()).toContain('SUCCESS');
});

test('faults of the token server affect no other endpoint', async () => {
  const google = await start();
  const token = await exchange(google);
  const ask = () =>
    fetch(`${google.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'c', client_secret: 's', refresh_token: 'r' }),
    });
  google.faults({ mode: 'token-500' });
  expect((await send(google, [createEvent()], { token })).status).toBe(200);
  expect((await ask()).status).toBe(500);
  google.faults({ mode: 'token-429' });
  expect((await ask()).status).toBe(429);
  google.faults({ mode: 'token-html' });
  expect((await ask()).headers.get('content-type')).toContain('text/html');
  google.faults({ mode: 'token-short' });
  expect(await (await ask()).json()).toMatchObject({ expires_in: 30 });
  google.faults({ mode: 'token-revoked' });
  expect(await (await ask()).json()).toMatchObject({ error: 'invalid_grant' });
  expect((await send(google, [createEvent()], { token })).status).toBe(401);
});
