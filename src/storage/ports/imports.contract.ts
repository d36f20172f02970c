import { expect, it } from 'vitest';
import type { ImportStep } from './imports.ts';
import type { StoreBench } from './store.fixture.ts';

/** The contract of the progress of imports. */
export function importsContract(bench: StoreBench): void {
  const step = (after: number, line: number, more: Partial<ImportStep> = {}): ImportStep => ({
    after,
    line,
    accepted: line - after - 1,
    repeated: 1,
    refused: 0,
    isFinished: false,
    ...more,
  });

  it('an import goes on where its last durable step ended, and is finished once', async () => {
    const { store } = bench;
    const begun = { site: 'shop', id: 'a', line: 0, accepted: 0, repeated: 0, refused: 0, startedAt: 5, updatedAt: 5 };
    expect(await store.startImport('shop', 'a', 5, 9)).toEqual(begun);
    expect(await store.advanceImport('shop', 'a', step(0, 101), 6)).toBe(true);
    await bench.restart();
    const stepped = { ...begun, line: 101, accepted: 100, repeated: 1, updatedAt: 6 };
    expect(await bench.store.startImport('shop', 'a', 7, 9)).toEqual(stepped);
    expect(await bench.store.advanceImport('shop', 'a', step(101, 104, { refused: 2, isFinished: true }), 8)).toBe(true);
    const ended = { ...stepped, line: 104, accepted: 102, repeated: 2, refused: 2, updatedAt: 8, finishedAt: 8 };
    expect(await bench.store.findImport('shop', 'a')).toEqual(ended);
    expect(await bench.store.listImports('shop')).toEqual([ended]);
  });

  it('a step from an earlier place, or of an unknown import, changes nothing', async () => {
    const { store } = bench;
    await store.startImport('shop', 'a', 5, 9);
    expect(await store.advanceImport('shop', 'a', step(0, 10), 6)).toBe(true);
    expect(await store.advanceImport('shop', 'a', step(0, 20), 7)).toBe(false);
    expect(await store.advanceImport('other', 'a', step(0, 20), 7)).toBe(false);
    expect(await store.findImport('shop', 'a')).toMatchObject({ line: 10, updatedAt: 6 });
    expect(await store.findImport('other', 'a')).toBeUndefined();
  });

  it('a site keeps the imports that changed last, and those of other sites stay', async () => {
    const { store } = bench;
    await store.startImport('other', 'a', 1, 2);
    for (const [index, id] of ['a', 'b', 'c'].entries()) await store.startImport('shop', id, 10 + index, 2);
    expect((await store.listImports('shop')).map(({ id }) => id)).toEqual(['c', 'b']);
    expect(await store.listImports('other')).toHaveLength(1);
  });

  it('the removal of a site removes its imports', async () => {
    const { store } = bench;
    for (const site of ['shop', 'other']) await store.startImport(site, 'a', 1, 2);
    await store.removeDashboardSite('shop', true);
    expect(await store.listImports('shop')).toEqual([]);
    expect(await store.listImports('other')).toHaveLength(1);
  });
}
