import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compressResponse } from './compress-response.ts';

const long = JSON.stringify({ text: 'convey '.repeat(1_000) });
const json = (body: string, more: Record<string, string> = {}) =>
  new Response(body, { status: 201, headers: { 'content-type': 'application/json', ...more } });
const request = (accepted = 'br, gzip', method = 'GET') =>
  new Request('http://127.0.0.1/api/sites', { method, headers: { 'accept-encoding': accepted } });

test('a long JSON response is compressed for a client that accepts it', async () => {
  const answer = await compressResponse(json(long), request());
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect([answer.status, answer.headers.get('content-encoding'), answer.headers.get('vary')]).toEqual([
    201,
    'gzip',
    'accept-encoding',
  ]);
  expect(bytes.length).toBeLessThan(long.length / 10);
  expect(String(gunzipSync(bytes))).toBe(long);
});

test.each([
  ['is short', json('{}'), request()],
  ['goes to a client that does not accept it', json(long), request('identity')],
  ['goes to a client that excludes it', json(long), request('gzip;q=0, br')],
  ['answers a change', json(long), request('gzip', 'POST')],
  ['is a file', json(long, { 'content-disposition': 'attachment' }), request()],
  ['is a stream', new Response(long, { headers: { 'content-type': 'text/event-stream' } }), request()],
])('a response is not compressed if it %s', async (_, response, asked) => {
  const answer = await compressResponse(response, asked);
  expect(answer.headers.get('content-encoding')).toBeNull();
  expect(['{}', long]).toContain(await answer.text());
});
