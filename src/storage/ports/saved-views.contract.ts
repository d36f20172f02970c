import { expect, it } from 'vitest';
import type { SavedView } from './saved-views.ts';
import type { StoreBench } from './store.fixture.ts';

/** The contract of the saved views. */
export function savedViewsContract(bench: StoreBench): void {
  const view = (name: string, more: Partial<SavedView> = {}): SavedView => ({
    site: 'shop',
    id: `id-${name}`,
    name,
    query: 'outcome=dead',
    by: 'jane',
    createdAt: 7,
    ...more,
  });

  it('saved views belong to a site, have different names, and are removed with it', async () => {
    const [failed, leads] = [view('Failed'), view('Leads', { query: 'event=Lead' })];
    for (const one of [leads, failed, view('Other', { site: 'other' })]) expect(await bench.store.saveView(one, 2)).toBe(true);
    await bench.restart();
    expect(await bench.store.listSavedViews('shop')).toEqual([failed, leads]);
    expect(await bench.store.saveView(view('Third'), 2)).toBe(false);
    const changed = view('Failed', { id: 'new', query: 'outcome=waiting' });
    expect(await bench.store.saveView(changed, 2)).toBe(true);
    expect(await bench.store.listSavedViews('shop')).toEqual([changed, leads]);
    expect(await bench.store.removeSavedViews('shop', 'missing')).toBe(0);
    expect(await bench.store.removeSavedViews('shop', leads.id)).toBe(1);
    expect(await bench.store.removeSavedViews('shop')).toBe(1);
    expect(await bench.store.listSavedViews('other')).toHaveLength(1);
  });
}
