import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readConfig } from '../config/config.ts';
import { createLogger } from '../logger.ts';
import { createGatewayContext } from './gateway-context.ts';
import { lockStartFolder } from './lock-data-folder.ts';

const dir = mkdtempSync(join(tmpdir(), 'convey-lock-'));
afterAll(() => rmSync(dir, { recursive: true }));

it.each([
  ['removes the folder that a failed start created', async () => new Map(), false],
  ['keeps it when an event was acknowledged', async () => new Map([['shop', '0000000000000001']]), true],
  ['keeps it when the event log cannot be read', () => Promise.reject(new Error('unreadable')), true],
])('lockStartFolder %s', async (_title, heads, isKept) => {
  const read = readConfig(JSON.stringify({ dataDir: `data-${isKept}` }), {}, dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  rmSync(read.config.dataDir, { recursive: true, force: true });
  const context = createGatewayContext(read.config, { logger: createLogger('silent', { write() {} }), version: '1.0.0' });
  const folder = lockStartFolder(context);
  folder.keepIfUsed({ log: { heads }, shared: undefined, spool: undefined } as unknown as Parameters<
    typeof folder.keepIfUsed
  >[0]);
  await context.shutDown({ hasFailed: true });
  expect(existsSync(read.config.dataDir)).toBe(isKept);
});
