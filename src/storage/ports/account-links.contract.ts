import { expect, it } from 'vitest';
import type { StoredAccountLink } from './account-links.ts';
import { type StoreBench, start } from './store.fixture.ts';

/** The contract of the attempts to connect accounts. */
export function accountLinksContract(bench: StoreBench): void {
  const link = (id: string, more: Partial<StoredAccountLink> = {}): StoredAccountLink => ({
    id,
    site: 'shop',
    session: 'ada',
    secret: `sealed ${id}`,
    expiresAt: start + 100,
    ...more,
  });
  const add = (one: StoredAccountLink, now = start) =>
    bench.store.addAccountLink(one, { state: `state of ${one.id}`, until: start + 10 }, { now, most: 2 });

  it('a state is taken once, in its own session and in time, by any gateway', async () => {
    await add(link('a'));
    await add(link('b'));
    await bench.restart();
    expect(await bench.store.takeConsent('eve', 'state of a', start)).toBeUndefined();
    expect(await bench.store.takeConsent('ada', 'state of b', start + 10)).toBeUndefined();
    expect(await bench.store.takeConsent('ada', 'state of a', start + 9)).toEqual(link('a'));
    expect(await bench.store.takeConsent('ada', 'state of a', start + 9)).toBeUndefined();
    expect(await bench.store.findAccountLink('ada', 'a', start + 10)).toEqual(link('a'));
    expect(await bench.store.findAccountLink('eve', 'a', start)).toBeUndefined();
    expect(await bench.store.findAccountLink('ada', 'a', start + 100)).toBeUndefined();
  });

  it('an attempt is changed and removed, alone or with its site', async () => {
    await add(link('a'));
    await add(link('b'));
    await bench.store.saveAccountLink({ id: 'a', secret: 'connected', expiresAt: start + 200 });
    await bench.store.saveAccountLink({ id: 'missing', secret: 'connected', expiresAt: start + 200 });
    expect(await bench.store.findAccountLink('ada', 'a', start + 150)).toMatchObject({ secret: 'connected' });
    expect(await bench.store.findAccountLink('ada', 'missing', start)).toBeUndefined();
    await bench.store.removeAccountLink('a');
    expect(await bench.store.findAccountLink('ada', 'a', start)).toBeUndefined();
    await bench.store.removeDashboardSite('shop', true);
    expect(await bench.store.findAccountLink('ada', 'b', start)).toBeUndefined();
  });

  it('a new attempt removes those that expired, and the oldest of many', async () => {
    await add(link('expired', { expiresAt: start + 1 }));
    await add(link('a', { expiresAt: start + 50 }), start + 1);
    await add(link('b', { expiresAt: start + 60 }), start + 1);
    expect(await bench.store.findAccountLink('ada', 'expired', start)).toBeUndefined();
    expect(await bench.store.findAccountLink('ada', 'a', start)).toBeDefined();
    await add(link('c', { expiresAt: start + 70 }), start + 1);
    expect(await bench.store.findAccountLink('ada', 'a', start)).toBeUndefined();
    expect(await bench.store.findAccountLink('ada', 'b', start)).toBeDefined();
    await bench.store.removeExpiredAccountLinks(start + 60);
    expect(await bench.store.findAccountLink('ada', 'b', start)).toBeUndefined();
    expect(await bench.store.findAccountLink('ada', 'c', start)).toBeDefined();
  });
}
