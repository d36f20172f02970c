import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { convey } from '../../test/cli.fixture.ts';

const dir = mkdtempSync(join(tmpdir(), 'convey-spool-'));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

it('spool forget is refused without the role `admin`', async () => {
  vi.stubEnv('CONVEY_SECRETS_KEY', 'a1'.repeat(32));
  const file = join(dir, 'convey.json');
  writeFileSync(file, JSON.stringify({ store: 'postgres://convey@127.0.0.1:9/convey', roles: ['collect'] }));
  const { code, stderr } = await convey('spool', 'forget', 'node-1', '--yes', '--config', file);
  expect([code, stderr]).toEqual([1, expect.stringContaining('has no role `admin`')]);
});
