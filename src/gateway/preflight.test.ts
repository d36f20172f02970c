import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readValidConfig } from '../config/config.fixture.ts';
import type { Finding } from '../doctor/finding.ts';
import { runPreflight } from './preflight.ts';

const dir = mkdtempSync(join(tmpdir(), 'convey-preflight-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('the check names a database on another machine that would be used in clear text', async () => {
  const store = 'postgres://convey:canary-4711@db.example/convey';
  const config = { ...readValidConfig({}, { CONVEY_SECRETS_KEY: 'ab'.repeat(32) }), store, dataDir: dir };
  const findings: Finding[] = [];
  for await (const finding of runPreflight(config, '0.0.0', async () => ({ log: { writable: true }, budgets: [] })))
    findings.push(finding);
  expect(findings.filter(({ subject }) => subject === 'store')).toEqual([
    { level: 'problem', subject: 'store', says: expect.stringMatching(/clear text\. Use `\?sslmode=verify-full`/) },
  ]);
  expect(JSON.stringify(findings)).not.toContain('canary');
});
