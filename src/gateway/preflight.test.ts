import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readValidConfig } from '../config/config.fixture.ts';
import type { Finding } from '../doctor/finding.ts';
import { runPreflight } from './preflight.ts';

const dir = mkdtempSync(join(tmpdir(), 'convey-preflight-'));
afterAll(() => rmSync(dir, { recursive: true }));

const askRunning = async () => ({ log: { writable: true }, budgets: [] });

it('the check names a database on another machine that would be used in clear text', async () => {
  const store = 'postgres://convey:canary-4711@db.example/convey';
  const config = { ...readValidConfig({}, { CONVEY_SECRETS_KEY: 'ab'.repeat(32) }), store, dataDir: dir };
  const findings: Finding[] = [];
  for await (const finding of runPreflight(config, '0.0.0', askRunning)) findings.push(finding);
  expect(findings.filter(({ subject }) => subject === 'store')).toEqual([
    { level: 'problem', subject: 'store', says: expect.stringMatching(/clear text\. Use `\?sslmode=verify-full`/) },
  ]);
  expect(JSON.stringify(findings)).not.toContain('canary');
});

it('the check names a port that collector and dashboard share, although it is free', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  await new Promise((resolve) => server.close(resolve));
  const ports = { collector: { host: '127.0.0.1', port }, dashboard: { port } };
  const config = { ...readValidConfig(ports, { CONVEY_SECRETS_KEY: 'ab'.repeat(32) }), dataDir: dir };
  const findings: Finding[] = [];
  for await (const finding of runPreflight(config, '0.0.0', askRunning)) findings.push(finding);
  expect(findings.filter(({ subject }) => subject.endsWith('.port'))).toEqual([
    { level: 'ok', subject: 'collector.port', says: `127.0.0.1:${port} is free` },
    { level: 'problem', subject: 'dashboard.port', says: expect.stringContaining('collector and dashboard have the same port') },
  ]);
});
