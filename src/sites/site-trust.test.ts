import { describe, expect, it } from 'vitest';
import { sha256 } from '../identity/hashing.ts';
import { fileSite, useRegistry } from './site-registry.fixture.ts';
import { getKeyId } from './site-trust.ts';

const scene = useRegistry();
const [fileKey = ''] = fileSite.secretKeys;
const segmentKey = 'server-source-0123456789abcdef';

describe('a secret key that a page has used', () => {
  it('is distrusted once, is still after a restart, and is trusted again by its id', async () => {
    const registry = await scene().open();
    const key = sha256(fileKey);
    expect(await registry.trust.distrust('shop', key)).toBe(true);
    expect(await registry.trust.distrust('shop', key)).toBe(false);
    expect(scene().applied.map((sites) => sites.map(({ distrustedKeys }) => distrustedKeys))).toEqual([[[key]]]);
    const restarted = await scene().open();
    expect(restarted.entry('shop')?.distrusted).toEqual([{ site: 'shop', key, since: 1_000 }]);
    expect(await restarted.trust.restore('shop', 'no such key')).toEqual({ refused: 'no-such-key' });
    expect(await restarted.trust.restore('nowhere', getKeyId(key))).toEqual({ refused: 'no-such-site' });
    expect(await restarted.trust.restore('shop', getKeyId(key))).toMatchObject({ distrusted: [] });
    expect(restarted.sites()[0]).not.toHaveProperty('distrustedKeys');
    expect((await scene().open()).sites()[0]).not.toHaveProperty('distrustedKeys');
  });

  it('may be one of a source of Segment, and concerns no key that the site does not have', async () => {
    const segment = { keys: [{ key: segmentKey, kind: 'server' }] };
    scene().config = JSON.stringify({ sites: [{ ...fileSite, segment }] });
    const registry = await scene().open();
    await registry.trust.distrust('shop', sha256(segmentKey));
    await registry.trust.distrust('shop', sha256('removed-since-0123456789'));
    expect(registry.sites()[0]?.distrustedKeys).toEqual([sha256(segmentKey)]);
    scene().config = JSON.stringify({ sites: [fileSite] });
    expect((await scene().open()).sites()[0]).not.toHaveProperty('distrustedKeys');
  });

  it('of the dashboard no longer counts once the key is removed', async () => {
    const registry = await scene().openWithSite();
    const created = await registry.createKey('made', 'secret');
    if ('refused' in created) throw new Error(created.refused);
    await registry.trust.distrust('made', sha256(created.key));
    expect(registry.entry('made')?.distrusted).toHaveLength(1);
    await registry.removeKey('made', created.id);
    expect(registry.entry('made')?.distrusted).toEqual([]);
  });
});
