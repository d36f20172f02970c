import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { NewActivity } from '../activity/activity-entry.ts';
import { readConfig } from '../config/config.ts';
import { recordConfigChange } from './record-config-change.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-config-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const token = 'token-of-the-tag-1234567890';
const site = (more: object = {}) => ({
  id: 'shop',
  domains: ['shop.example'],
  writeKey: 'wk_shop_0123456789',
  consent: { policy: 'granted' },
  connections: [{ id: 'bing', destination: 'microsoft', settings: { tagId: '187012345', token } }],
  ...more,
});

async function start(file: object): Promise<readonly NewActivity[]> {
  const read = readConfig(JSON.stringify({ dataDir: dir, ...file }), {}, dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const entries: NewActivity[] = [];
  await recordConfigChange(read.config, { record: async (entry) => void entries.push(entry) });
  return entries;
}

it('a start records the paths of a changed config by site, and an equal or first one records nothing', async () => {
  expect(await start({ sites: [site()] })).toEqual([]);
  expect(await start({ sites: [site()] })).toEqual([]);
  const changed = await start({ sites: [site({ name: 'Other' })], logLevel: 'debug' });
  const digest = expect.stringMatching(/^[0-9a-f]{16}$/);
  expect(changed).toEqual([
    { kind: 'config-changed', actor: 'file', digest, changed: ['logLevel'] },
    { kind: 'config-changed', actor: 'file', site: 'shop', digest, changed: ['sites[shop].name'] },
  ]);
  expect(await start({ sites: [site({ name: 'Other' })], logLevel: 'debug' })).toEqual([]);
});

it('a start records the path of a changed secret, and never its value', async () => {
  const withToken = (value: string) =>
    site({ connections: [{ id: 'bing', destination: 'microsoft', settings: { tagId: '187012345', token: value } }] });
  await start({ sites: [withToken(token)] });
  const changed = await start({ sites: [withToken('another-token-1234567890')] });
  expect(changed).toMatchObject([{ site: 'shop', changed: ['sites[shop].connections[bing].settings.token'] }]);
  expect(JSON.stringify(changed)).not.toContain('another-token');
});

it('a start reads the digests of an earlier version, records no secrets that they lack, and replaces them', async () => {
  const file = join(dir, 'config.digests');
  await start({ sites: [site()] });
  const { leaves } = JSON.parse(readFileSync(file, 'utf8'));
  const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
  const names = Object.keys(leaves).filter((path) => /^sites\[shop\]\.(id|name|platform)$/.test(path));
  expect(names.length).toBeGreaterThan(1);
  writeFileSync(file, JSON.stringify({ leaves: { 'sites[shop].id': digest('shop'), 'sites[shop].platform': digest('other') } }));
  const [changed] = (await start({ sites: [site()] })).filter((one) => 'site' in one);
  expect(changed).toMatchObject({ changed: expect.arrayContaining(['sites[shop].platform']) });
  expect(changed).toMatchObject({ changed: expect.not.arrayContaining(['sites[shop].id', 'sites[shop].writeKey']) });
  expect(await start({ sites: [site()] })).toEqual([]);
});

it('the digests of equal configs differ between data folders', async () => {
  const file = join(dir, 'config.digests');
  const readLeaf = () => JSON.parse(readFileSync(file, 'utf8')).leaves['sites[shop].id'];
  await start({ sites: [site()] });
  const first = readLeaf();
  rmSync(file);
  await start({ sites: [site()] });
  expect([typeof first, readLeaf() === first]).toEqual(['string', false]);
});

it('the stored digests have no value, and only the user of the process can read them', async () => {
  await start({ sites: [site()] });
  const file = join(dir, 'config.digests');
  const text = readFileSync(file, 'utf8');
  for (const value of [token, 'wk_shop_0123456789', '187012345', 'shop.example']) expect(text).not.toContain(value);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
