import { expect, test } from 'vitest';
import { settings } from './settings.ts';
import { decode, probe } from './wire.ts';

function answer(status: number, body: unknown = '') {
  return { status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body), incomplete: false };
}

test("a rejection says the vendor's own words, without the value that it echoes", () => {
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
    peel: new Map([
      [0, [{ field: 'userData.em', code: 'InvalidSha256', message: "'em' must be a valid SHA256 string, not [removed]" }]],
    ]),
  });
});

test('a refused token says what to compare and that a new one may take 15 minutes', () => {
  const decoded = decode(answer(401), 1);
  const message = 'blocked' in decoded ? decoded.blocked.message : '';
  expect(message).toMatch(/token/);
  expect(message).toMatch(/tag id/);
  expect(message).toMatch(/15 minutes/);
});

test('a status is named in what is said about it', () => {
  expect(decode(answer(503), 1)).toEqual({ retry: 'Microsoft answered 503.' });
  expect(decode(answer(418), 1)).toMatchObject({ blocked: { message: expect.stringContaining('418') } });
});

test("the probe sends no event and the connection's own credential", () => {
  const request = probe.encode(settings.parse({ tagId: 97_247_724, token: 'secret' }));
  expect(request).toMatchObject({
    method: 'POST',
    url: 'https://capi.uet.microsoft.com/v1/97247724/events',
    headers: { authorization: 'Bearer secret' },
  });
  expect(JSON.parse(request.body)).toMatchObject({ data: [] });
});

test.each([200, 204, 400])('a probe that is answered %i shows a good credential', (status) => {
  expect(probe.decode(answer(status))).toBe('ok');
});

test.each([
  [401, 'token-refused'],
  [403, 'access-refused'],
  [404, 'tag-not-found'],
  [405, 'endpoint-wrong'],
  [301, 'redirected'],
  [409, 'request-refused'],
  [408, 'probe-unavailable'],
  [413, 'probe-unavailable'],
  [429, 'probe-unavailable'],
  [503, 'probe-unavailable'],
])('a probe that is answered %i says %s', (status, code) => {
  expect(probe.decode(answer(status))).toMatchObject({ code });
});
