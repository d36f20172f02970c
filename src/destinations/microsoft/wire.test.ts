import { expect, test } from 'vitest';
import { settings } from './settings.ts';
import { decode, probe } from './wire.ts';

function answer(status: number, body: unknown = '') {
  return { status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body), incomplete: false as const };
}

test("§6.13 a rejection has the vendor's own text, without the value that it echoes", () => {
  const body = {
    error: {
      details: [
        {
          index: 0,
          propertyName: 'data[0].userData.em',
          attemptedValue: 'jane@shop.example',
          errorMessage: "'em' must be a valid SHA256 string, not jane@shop.example.",
          errorCode: 'InvalidSha256',
          isWarning: false,
        },
      ],
    },
  };
  expect(decode(answer(400, body), 1)).toEqual({
    rejectRows: new Map([
      [0, [{ field: 'userData.em', code: 'InvalidSha256', message: "'em' must be a valid SHA256 string, not [removed]" }]],
    ]),
  });
});

test('§6.10 a status is in its message', () => {
  expect(decode(answer(503), 1)).toEqual({ retry: 'Microsoft answered 503.' });
  expect(decode(answer(418), 1)).toMatchObject({ blocked: { message: expect.stringContaining('418') } });
});

test.each([
  [403, '', true],
  [403, '<html><body>Request blocked</body></html>', true],
  [404, '', true],
  [405, '', true],
  [406, '', true],
  [200, '<html><body>Request blocked</body></html>', true],
  [401, '', undefined],
  [302, '', undefined],
] as const)('§6.10 whether %i with %j may be about the content of an event: %j', (status, body, mayBeContent) => {
  const decoded = decode(answer(status, body), 1);
  expect('blocked' in decoded && decoded.mayBeContent).toBe(mayBeContent);
});

test("§7.1 the probe sends no event and the connection's own credential", () => {
  const request = probe.encode(settings.parse({ tagId: 97_247_724, token: 'secret' }));
  expect(request).toMatchObject({
    method: 'POST',
    url: 'https://capi.uet.microsoft.com/v1/97247724/events',
    headers: { authorization: 'Bearer secret' },
  });
  expect(JSON.parse(request.body)).toMatchObject({ data: [] });
});

const emptyList = { error: { code: 'ValidationError', details: [{ propertyName: 'data', errorCode: 'Empty' }] } };

test.each([
  [200, { eventsReceived: 0, note: '<html>' }],
  [400, emptyList],
  [400, { error: {} }],
  [422, emptyList],
])('§7.1 a probe that is answered %i with %j proves the credential', (status, body) => {
  expect(probe.decode(answer(status, body))).toBe('ok');
});

test.each([200, 400, 422])('§7.5 a probe that a web page answers with %i does not prove the credential', (status) => {
  const page = {
    field: 'settings.endpoint',
    code: 'answered-by-web-page',
    message:
      'The endpoint answered with a web page, so it is not the Conversions API. Check `endpoint` (https, not http), and whether a proxy, a firewall or a sign-in page answers instead. Events wait meanwhile.',
  };
  expect(probe.decode(answer(status, '\n<!DOCTYPE html><title>Sign in</title>'))).toEqual(page);
  expect(probe.decode({ ...answer(status), headers: { 'content-type': 'Text/HTML; charset=utf-8' } })).toEqual(page);
  expect(probe.decode({ ...answer(status, '<html'), incomplete: 'cut' })).toEqual(page);
});

test.each([{ traceId: 't' }, { EventsReceived: '0' }])(
  '§7.1 a probe that is answered 200 with %j proves the credential',
  (body) => {
    expect(probe.decode(answer(200, body))).toBe('ok');
  },
);

const unknownForms = ['', 'null', '[]', { message: 'No.' }];
const otherFormats = ['Bad Request', { error: 'no' }, '{"error":{"code":"Valid'];

test.each(unknownForms)('§7.1 §7.5 a probe that is answered in an unknown form says so: %j', (body) => {
  for (const status of [200, 204])
    expect(probe.decode(answer(status, body))).toMatchObject({
      code: 'answer-unknown',
      message: expect.stringContaining(`answers in an unknown form (${status})`),
    });
});

test.each([...unknownForms, ...otherFormats])(
  '§7.1 §7.5 a probe that is answered in another format does not prove the credential: %j',
  (body) => {
    for (const status of [...(unknownForms.some((one) => one === body) ? [] : [200, 204]), 400, 422]) {
      expect(probe.decode(answer(status, body))).toEqual({
        field: 'settings.endpoint',
        code: 'endpoint-wrong',
        message: `The endpoint answered ${status} in a format that is not Microsoft's, so it is not the Conversions API. Check \`endpoint\`, and any proxy on the way. Events wait meanwhile.`,
      });
    }
  },
);

test('§6.10 §6.11 a 413 with a web page pauses the connection if a single event is too large for a proxy', () => {
  const page = answer(413, '<html><title>413 Request Entity Too Large</title></html>');
  expect(decode(page, 2)).toEqual({ bisect: [] });
  expect(decode(page, 1)).toMatchObject({ blocked: { code: 'answered-by-web-page' } });
  expect(decode(answer(413), 1)).toEqual({ bisect: [] });
});

test('§7.2 §7.3 a refused token reports the possible mistakes, the fix, and that a new one takes 15 minutes', () => {
  const issue = {
    field: 'settings.token',
    code: 'token-refused',
    message:
      'Microsoft does not accept the token for this tag (401): the token is incomplete or belongs to another tag, or `tagId` is wrong. Copy the token again from the UET tag with the number in `tagId` (edit > Set up tagging > Use Conversions API > Copy token). A token made within the last 15 minutes may not be active yet: wait, and Convey probes it again automatically while it runs. Events wait meanwhile.',
  };
  expect(probe.decode(answer(401))).toEqual(issue);
  expect(decode(answer(401), 1)).toEqual({ blocked: issue });
});

test.each([
  [
    301,
    'redirected',
    'The endpoint answered with a redirect (301). Convey does not follow it, because that would disclose the token. Set `endpoint` to the final URL.',
  ],
  [
    403,
    'access-refused',
    'Microsoft refuses access (403). Check that your account may use the Conversions API (ask your account manager), and that no proxy or firewall answers in its place. Events wait meanwhile.',
  ],
  [
    404,
    'tag-not-found',
    'Microsoft does not know this endpoint and tag (404). Compare `tagId` with the number of the UET tag, and leave `endpoint` out unless you need another one. Events wait meanwhile.',
  ],
  [
    405,
    'endpoint-wrong',
    "The endpoint does not accept Convey's requests (405), so it is not the Conversions API. Check `endpoint`, and any proxy on the way.",
  ],
  [
    409,
    'request-refused',
    'Microsoft refuses requests with an undocumented status (409). Check the answer in the event debugger, `endpoint`, and any proxy on the way.',
  ],
])('§7.4 a probe that is answered %i reports %s: %s', (status, code, message) => {
  expect(probe.decode(answer(status))).toMatchObject({ code, message });
});

test.each([408, 413, 425, 429, 500, 503])(
  '§7.6 a probe that is answered %i reports that the token could not be checked',
  (status) => {
    expect(probe.decode(answer(status))).toEqual({
      field: 'settings.endpoint',
      code: 'probe-unavailable',
      message: `The token could not be checked: Microsoft answered ${status}, so it has a temporary problem. Try again in a few minutes.`,
    });
  },
);

test.each([
  ['ASCII', 'x'.repeat(65_536)],
  ['three bytes each', '\u20ac'.repeat(21_845)],
  ['four bytes each', '\u{1f6d2}'.repeat(16_384)],
])('§6.11 a refusal that is longer than Convey reads bisects the batch: it would be as long the next time (%s)', (_, body) => {
  expect(decode({ ...answer(400, body), incomplete: 'too-long' }, 2)).toEqual({ bisect: [] });
});

test('§6.11 a refusal that was truncated is retried', () => {
  for (const body of ['{"error":{"details":[{"index":0', 'x'.repeat(65_536)])
    expect(decode({ ...answer(400, body), incomplete: 'cut' }, 2)).toMatchObject({ retry: expect.stringContaining('400') });
});

test('§6.11 an acceptance that is longer than Convey reads is sent again', () => {
  const response = { ...answer(200, `{"eventsReceived":1,"error":"${'x'.repeat(65_500)}`), incomplete: 'too-long' as const };
  expect(decode(response, 1)).toMatchObject({ retry: expect.stringContaining('truncated'), unconfirmed: 'platform' });
});

test('§6.11 an acceptance that was cut off is sent again, even if the count was read', () => {
  const decoded = decode({ ...answer(200, { eventsReceived: 1 }), incomplete: 'cut' }, 1);
  expect(decoded).toEqual({ retry: expect.stringContaining('truncated') });
});

test.each([
  { eventsReceived: 2 },
  { EventsReceived: 2 },
  { events_received: 2 },
  { EVENTS_RECEIVED: '2' },
  { eventsReceived: '2', traceId: 't' },
])('§6.14 the count is read in any spelling: %j', (body) => {
  expect(decode(answer(200, body), 2)).toEqual({
    settled: [
      { outcome: 'delivered', issues: [] },
      { outcome: 'delivered', issues: [] },
    ],
    issues: [],
  });
});

test.each([{ eventsReceived: 'two' }, { eventsReceived: null }, { received: 2 }, { eventsReceived: '2e3' }])(
  '§6.14 another member is no count: %j',
  (body) => expect(decode(answer(200, body), 2)).toHaveProperty('retry'),
);

const warning = {
  index: 1,
  propertyName: 'data[1].userData.em',
  errorCode: 'InvalidSha256',
  errorMessage: 'No.',
  isWarning: true,
};
const refusal = { index: 0, propertyName: 'data[0].eventTime', errorCode: 'InvalidEventTime', errorMessage: 'No.' };

test.each([
  [{ error: { code: 'ServerError' } }],
  [{ error: { code: 'ServerError' }, traceId: 't' }],
  [{ error: 'No.' }],
  [{ error: { details: [] }, traceId: 't' }],
  [{ error: { details: [{ ...refusal, index: 9 }] } }],
])('§6.15 a 2xx without the count and with an error that names no event is sent again: %j', (body) => {
  expect(decode(answer(200, body), 2)).toEqual({ retry: expect.stringContaining('error') });
});

test('§6.15 a 2xx without the count refuses the events that its error names, and the others are sent again', () => {
  expect(decode(answer(200, { error: { details: [refusal, warning] }, traceId: 't' }), 3)).toEqual({
    rejectRows: new Map([[0, [{ field: 'eventTime', code: 'InvalidEventTime', message: 'No.' }]]]),
  });
});

test.each([
  [{ traceId: 't' }, []],
  [{ traceId: 't', error: null }, []],
  [{ error: { details: [warning] } }, ['InvalidSha256']],
  [{ error: { details: [warning] }, traceId: 't' }, ['InvalidSha256']],
])("§6.16 a 2xx without the count is an acceptance with an issue if it is Microsoft's: %j", (body, warnings) => {
  const decoded = decode(answer(202, body), 2);
  expect(decoded).toMatchObject({
    settled: [
      { outcome: 'delivered', issues: [] },
      { outcome: 'delivered', issues: warnings.map((code) => ({ code })) },
    ],
    issues: [{ field: 'eventsReceived', code: 'count-missing' }],
  });
});

test.each(['', ' \n', '{}', 'null', '[]', '1', '"ok"', '{"ok":true}', '{"traceId":""}', '{"error":null}'])(
  '§6.17 any other 2xx is unconfirmed, from Microsoft or from an endpoint of the operator: %j',
  (body) => {
    for (const status of [200, 202, 204]) {
      expect(decode(answer(status, body), 2)).toMatchObject({ retry: expect.any(String), unconfirmed: 'platform' });
      const endpoint = 'https://proxy.shop.example';
      expect(decode(answer(status, body), 2, { endpoint })).toMatchObject({ unconfirmed: 'own-endpoint' });
    }
  },
);

test.each(['OK', '{}{}', 'accepted: 2'])('§6.17 a text is sent again, and is not taken for a success: %j', (body) => {
  expect(decode(answer(200, body), 2)).toEqual({ retry: expect.stringContaining('200') });
});
