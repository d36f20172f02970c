import { createSecretKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { emptyHead, extendChain } from './activity-chain.ts';
import { checkSignature, signCheckpoint } from './activity-checkpoint.ts';
import type { ActivityEntry } from './activity-entry.ts';
import { toCanonicalJson } from './canonical-json.ts';
import { type ChainRow, verifyChain } from './verify-chain.ts';

const entries: readonly ActivityEntry[] = [
  { kind: 'site-added', at: 1, actor: 'cli', site: 'shop' },
  { kind: 'restored', at: 2, actor: 'cli', madeAt: 1 },
  { kind: 'connection-paused', at: 3, actor: '0123456789abcdef', site: 'shop', connection: 'bing' },
  { kind: 'moved', at: 4, actor: 'cli' },
];

function chain(): readonly ChainRow[] {
  let head = emptyHead;
  return entries.map((entry) => {
    const text = toCanonicalJson(entry);
    head = extendChain(head, text);
    const site = 'site' in entry ? (entry.site ?? null) : null;
    return { ...head, at: entry.at, kind: entry.kind, actor: entry.actor, site, entry: text };
  });
}

async function* pages(rows: readonly ChainRow[]): AsyncGenerator<readonly ChainRow[]> {
  for (const row of rows) yield [row];
}
const verify = (rows: readonly ChainRow[]) => verifyChain(pages(rows));
const change = (nth: number, more: Partial<ChainRow>) => chain().map((row, at) => (at === nth ? { ...row, ...more } : row));

it('a chain reports its period, restores and moves, and nothing broken', async () => {
  expect(await verify(chain())).toEqual({
    entries: 4,
    firstAt: 1,
    lastAt: 4,
    head: { seq: 4, hash: chain()[3]?.hash },
    gaps: [],
    restores: [{ seq: 2, at: 2 }],
    moves: [{ seq: 4, at: 4 }],
  });
  expect(await verify([])).toEqual({ entries: 0, head: emptyHead, gaps: [], restores: [], moves: [] });
});

it.each([
  ['an entry was changed', change(1, { entry: toCanonicalJson({ ...entries[1], madeAt: 9 }) }), { seq: 2, reason: 'hash' }],
  ['an entry is no JSON', change(1, { entry: 'x' }), { seq: 2, reason: 'hash' }],
  ['a hash was changed', change(2, { hash: 'f'.repeat(64) }), { seq: 3, reason: 'hash' }],
  ['the site of a row was changed', change(2, { site: 'other' }), { seq: 3, reason: 'columns' }],
  ['the actor of a row was changed', change(2, { actor: 'cli' }), { seq: 3, reason: 'columns' }],
  ['the time of a row was changed', change(2, { at: 9 }), { seq: 3, reason: 'columns' }],
  ['the beginning is missing', chain().slice(1), { seq: 2, reason: 'gap' }],
] as const)('a chain is broken if %s', async (_, rows, broken) => {
  expect(await verify(rows)).toMatchObject({ broken });
});

it('a chain names its gaps, and the first broken entry', async () => {
  const rows = chain().filter(({ seq }) => seq !== 2 && seq !== 3);
  expect(await verify(rows)).toMatchObject({ gaps: [{ from: 2, to: 3 }], broken: { seq: 4, reason: 'gap' } });
});

it('a chain begins after its checkpoint, whose signature depends on every member and on the key', async () => {
  const [first, second, ...rest] = chain();
  if (!first || !second) throw new Error('the chain is short');
  const toKey = (id: string, byte: number) => ({ id, key: createSecretKey(Buffer.alloc(32, byte)) });
  const prefix = signCheckpoint(second, toKey('one', 1));
  const find = (id: string) => (id === 'one' ? toKey('one', 1) : undefined);
  expect(await verifyChain(pages(rest), { prefix, signature: 'valid' })).toMatchObject({
    entries: 2,
    checkpoint: { seq: 2, at: 2, signature: 'valid' },
    gaps: [],
  });
  expect(checkSignature(prefix, find)).toBe('valid');
  for (const forged of [{ seq: 3 }, { hash: first.hash }, { at: 1 }, { signature: 'f' }])
    expect(checkSignature({ ...prefix, ...forged }, find)).toBe('invalid');
  expect(checkSignature({ ...prefix, keyId: 'two' }, find)).toBe('key-missing');
  expect(checkSignature(prefix, () => toKey('one', 2))).toBe('invalid');
});

it('canonical JSON depends neither on the order of members nor on those that are undefined', () => {
  expect(toCanonicalJson({ b: [1, { d: null, c: 'é' }], a: undefined, A: true })).toBe('{"A":true,"b":[1,{"c":"é","d":null}]}');
});
