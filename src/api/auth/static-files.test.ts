import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPages } from './static-files.ts';

const script = 'export const answer = 42;\n'.repeat(50);
let dir: string;
let app: Hono;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
  mkdirSync(join(dir, 'assets'));
  writeFileSync(join(dir, 'index.html'), '<script nonce="__NONCE__"></script><style nonce="__NONCE__"></style>');
  writeFileSync(join(dir, 'assets/index-1.js'), script);
  const pages = readPages(dir);
  app = new Hono().get('*', (c) => pages.respond(c, 'n1') ?? c.text('none', 404));
});
afterAll(() => rmSync(dir, { recursive: true }));

describe("the dashboard's files", () => {
  it('are one page for every path, with the nonce of the response', async () => {
    for (const path of ['/', '/sites/shop/events?text=a', '/index.html'])
      expect(await (await app.request(path)).text()).toBe('<script nonce="n1"></script><style nonce="n1"></style>');
  });

  it('are compressed if the client accepts it', async () => {
    const packed = await app.request('/assets/index-1.js', { headers: { 'accept-encoding': 'gzip, br' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(await packed.arrayBuffer()).toString()).toBe(script);
    const plain = await app.request('/assets/index-1.js');
    expect([plain.headers.get('content-type'), await plain.text()]).toEqual(['text/javascript; charset=utf-8', script]);
    for (const { headers } of [packed, plain]) expect(headers.get('vary')).toBe('accept-encoding');
  });

  it('contain no other file for any path', async () => {
    for (const path of [
      '/assets/',
      '/assets/none.js',
      '/assets/../index.html',
      '/assets/%2e%2e/index.html',
      '/assets/..%2findex.html',
    ])
      expect(await (await app.request(path)).text()).not.toContain('42');
    expect((await app.request('/assets/..%2findex.html')).status).toBe(404);
  });

  it('are required: a folder without a page throws', () => {
    expect(() => readPages(join(dir, 'assets'))).toThrow();
  });
});
