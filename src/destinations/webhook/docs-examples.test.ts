import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterAll, expect, test } from 'vitest';

/** The TypeScript examples of the docs page, run as a receiver would run them. */

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/destinations/webhook.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'convey-webhook-docs-'));
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
afterAll(() => rmSync(folder, { recursive: true }));

async function load(name: string): Promise<Record<string, unknown>> {
  const code = new RegExp(`\`\`\`ts ${name}\\n(.*?)\`\`\``, 's').exec(page)?.[1];
  if (code === undefined) throw new Error(`The page has no ${name}.`);
  writeFileSync(join(folder, name), code);
  return import(pathToFileURL(join(folder, name)).href);
}

const secret = `whsec_${Buffer.from('example secret of 32 bytes long!').toString('base64')}`;
const old = `whsec_${Buffer.from('former secret, of 32 bytes also!').toString('base64')}`;
const now = Date.now();
const body = '{"type":"event.Lead","data":{"id":"ü"}}';

function sign(...secrets: readonly string[]): Record<string, string> {
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'webhook-signature': secrets.map((one) => new Webhook(one).sign('msg_1', new Date(now), body)).join(' '),
  };
}

test('the example with the package returns an authentic message, and throws otherwise', async () => {
  const verify = Object((await load('verify.ts')).verifyMessage);
  expect(verify(body, sign(secret), secret)).toEqual(JSON.parse(body));
  expect(() => verify(body, sign(old), secret)).toThrow();
});

test('the example without a package accepts authentic messages only', async () => {
  const isAuthentic = Object((await load('verify-by-hand.ts')).isAuthentic);
  expect(isAuthentic(body, sign(secret), secret, now)).toBe(true);
  expect(isAuthentic(body, sign(old, secret), secret, now)).toBe(true);
  expect(isAuthentic(body, sign(old), secret, now)).toBe(false);
  expect(isAuthentic(`${body} `, sign(secret), secret, now)).toBe(false);
  for (const offset of [-301_000, 301_000]) expect(isAuthentic(body, sign(secret), secret, now + offset)).toBe(false);
  expect(isAuthentic(body, {}, secret, now)).toBe(false);
  expect(isAuthentic(body, { ...sign(secret), 'webhook-timestamp': 'now' }, secret, now)).toBe(false);
});
