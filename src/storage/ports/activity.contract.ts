import { createHash, createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ActivityCheckpoint, signCheckpoint } from '../../activity/activity-checkpoint.ts';
import type { ActivityEntry } from '../../activity/activity-entry.ts';
import { type ChainRow, verifyChain } from '../../activity/verify-chain.ts';
import { type StoreBench, start } from './store.fixture.ts';

const key = { id: 'key-1', key: createSecretKey(Buffer.alloc(32, 7)) };

/** The contract of the activity. */
export function activityContract(bench: StoreBench): void {
  const paused = (nth: number, more: { readonly site?: string; readonly actor?: string } = {}): ActivityEntry => ({
    kind: 'connection-paused',
    at: start + nth,
    actor: 'cli',
    site: 'shop',
    connection: 'bing',
    ...more,
  });
  const readAll = (after = 0) => bench.store.readActivity(after, 100);
  const verify = async (checkpoint?: ActivityCheckpoint) => {
    const rows = await readAll(checkpoint?.seq);
    const pages = async function* (): AsyncGenerator<readonly ChainRow[]> {
      yield rows;
    };
    return verifyChain(pages(), checkpoint && { prefix: checkpoint, signature: 'valid' });
  };

  describe('activity', () => {
    it('is one chain after a crash, although entries are appended at the same time', async () => {
      expect(await bench.store.getActivityHead()).toEqual({ seq: 0, hash: '0'.repeat(64) });
      await Promise.all(Array.from({ length: 12 }, (_, nth) => bench.store.appendActivity(paused(nth, { site: `café ${nth}` }))));
      await bench.restart();
      const head = await bench.store.appendActivity({ kind: 'moved', at: start, actor: 'cli' });
      const rows = await readAll();
      expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 13 }, (_, nth) => nth + 1));
      expect(await bench.store.getActivityHead()).toEqual(head);
      expect(await verify()).toMatchObject({ entries: 13, head, gaps: [], moves: [{ seq: 13, at: start }] });
      expect(await verify()).not.toHaveProperty('broken');
      const [first] = rows;
      const text = `${'0'.repeat(64)}\n1\n${first?.entry}`;
      expect(first?.hash).toBe(createHash('sha256').update(text).digest('hex'));
    });

    it('is listed by time, site, connection, kind and actor, the newest first', async () => {
      await bench.store.appendActivity(paused(1));
      await bench.store.appendActivity(paused(2, { site: 'other', actor: 'a'.repeat(16) }));
      await bench.store.appendActivity({ kind: 'secrets-rotated', at: start + 3, actor: 'cli' });
      const list = async (...of: Parameters<typeof bench.store.listActivity>) =>
        (await bench.store.listActivity(...of)).map(({ seq }) => seq);
      expect(await list({}, undefined, 10)).toEqual([3, 2, 1]);
      expect(await list({}, 3, 1)).toEqual([2]);
      expect(await list({ since: start + 2 }, undefined, 10)).toEqual([3, 2]);
      expect(await list({ until: start + 2 }, undefined, 10)).toEqual([1]);
      expect(await list({ sites: ['shop'] }, undefined, 10)).toEqual([1]);
      expect(await list({ sites: [] }, undefined, 10)).toEqual([]);
      expect(await list({ connection: 'bing' }, undefined, 10)).toEqual([2, 1]);
      expect(await list({ sites: ['shop'], connection: 'bin' }, undefined, 10)).toEqual([]);
      expect(await list({ kinds: ['secrets-rotated', 'moved'] }, undefined, 10)).toEqual([3]);
      expect(await list({ actor: 'a'.repeat(16), kinds: ['connection-paused'] }, undefined, 10)).toEqual([2]);
    });

    it('continues after a checkpoint has replaced its oldest entries, also if it has replaced all', async () => {
      for (const nth of [1, 2, 9, 3]) await bench.store.appendActivity(paused(nth));
      // The last entry is older, but follows one that is kept.
      const last = await bench.store.findActivityBefore(start + 5);
      expect(last?.seq).toBe(2);
      expect(await bench.store.findActivityBefore(start)).toBeUndefined();
      if (!last) throw new Error('no entry is old');
      const checkpoint = signCheckpoint(last, key);
      expect(await bench.store.replaceActivityPrefix(checkpoint)).toBe(true);
      expect(await bench.store.getActivityCheckpoint()).toEqual(checkpoint);
      expect((await readAll()).map(({ seq }) => seq)).toEqual([3, 4]);
      const all = await bench.store.findActivityBefore(start + 10);
      if (!all) throw new Error('no entry is old');
      expect(await bench.store.replaceActivityPrefix(signCheckpoint(all, key))).toBe(true);
      expect(await bench.store.replaceActivityPrefix(checkpoint)).toBe(false);
      expect(await bench.store.getActivityHead()).toEqual({ seq: 4, hash: all.hash });
      expect(await bench.store.appendActivity(paused(11))).toMatchObject({ seq: 5 });
      const report = await verify(await bench.store.getActivityCheckpoint());
      expect(report).toMatchObject({ entries: 1, checkpoint: { seq: 4 }, gaps: [] });
      expect(report).not.toHaveProperty('broken');
    });

    it('names an account by an id that is no part of its name and stays', async () => {
      const account = { role: 'owner', sites: [], password: 'stretched', createdAt: start } as const;
      for (const name of ['ada@shop.example', 'vic']) await bench.store.addAccount({ ...account, name });
      const before = await bench.store.listAccountIds();
      expect(before.map(({ name }) => name)).toEqual(['ada@shop.example', 'vic']);
      expect(before.map(({ createdAt }) => createdAt)).toEqual([start, start]);
      expect(new Set(before.map(({ id }) => id)).size).toBe(2);
      for (const { id } of before) expect(id).toMatch(/^[0-9a-f]{16}$/);
      await bench.store.setPassword('vic', 'other');
      expect(await bench.store.listAccountIds()).toEqual(before);
    });
  });
}
