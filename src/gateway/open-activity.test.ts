import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ErasureReport } from '../privacy/erasure.ts';
import { createVisitorQuery } from '../privacy/person-query.ts';
import type { PrivacyRequests } from '../privacy/privacy-requests.ts';
import { restoredName } from '../storage/backup/restore-backup.ts';
import { recordRestore, recordShopRequests } from './open-activity.ts';

const report: ErasureReport = {
  dryRun: false,
  found: true,
  events: 1,
  copies: 0,
  signals: 0,
  visitors: 0,
  links: 0,
  deadLetters: 0,
  attempts: 0,
  exports: 0,
  received: [],
};
const query = createVisitorQuery(['5f0c']);
const site = { id: 'shop', connections: [] };

/** Returns the requests of shops over runners with this result of an erasure, and the entries that they record. */
function createRecorded(erase: Awaited<ReturnType<PrivacyRequests['erase']>>) {
  const entries: unknown[] = [];
  const record = async (entry: unknown) => void entries.push(entry);
  return { entries, people: recordShopRequests({ erase: async () => erase, export: async () => 'busy' }, { record }) };
}

it('the activity has the erasure that a shop asked for, without the person', async () => {
  const { entries, people } = createRecorded(report);
  expect(await people.erase(site, query, false)).toBe(report);
  expect(entries).toEqual([{ kind: 'person-erased', actor: 'gateway', site: 'shop' }]);
});

it('the activity has no erasure that was only counted, or that did not run', async () => {
  const counted = createRecorded(report);
  await counted.people.erase(site, query, true);
  const refused = createRecorded('busy');
  expect(await refused.people.erase(site, query, false)).toBe('busy');
  expect([counted.entries, refused.entries]).toEqual([[], []]);
});

it('the activity has the restore of a backup that had none, once', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-restored-'));
  try {
    writeFileSync(join(dir, restoredName), '2026-11-24T10:00:00.000Z');
    const entries: unknown[] = [];
    for (const _ of ['first start', 'next start'])
      await recordRestore(dir, { record: async (entry) => void entries.push(entry) });
    expect(entries).toEqual([{ kind: 'restored', actor: 'cli', madeAt: Date.parse('2026-11-24T10:00:00.000Z') }]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
