import { expect, it } from 'vitest';
import type { SavedView } from '../../../storage/ports/saved-views.ts';
import { ApiErrorResult } from '../../http/api-errors.ts';
import { listViews, saveView } from './saved-views.ts';

let accounts = [{ id: 'a'.repeat(16), name: 'anna', createdAt: 0 }];
const saved: SavedView[] = [];
const store = {
  listSavedViews: async () => saved,
  saveView: async (view: SavedView) => saved.push(view) > 0,
  removeSavedViews: async () => 0,
  listAccountIds: async () => accounts,
};
const save = (name: string, query: string) => saveView({ id: 'shop' }, { store, now: () => 0 }, { name, query });

it.each([
  ['a name', 'Orders of anna@example.com', 'event=Purchase'],
  ['a search', 'Anna', 'text=anna%40example.com'],
  ['an encoded search', 'Anna', 'text=anna%2540example.com'],
  ['a phone number', 'Anna', 'event=Lead&text=%2B4915112345678'],
  ['a phone number with spaces', 'Anna', 'text=%2B49+151+12345678'],
])('a view with personal data in %s is refused, and never stored', async (_, name, query) => {
  expect(await save(name, query)).toBeInstanceOf(ApiErrorResult);
  expect(saved).toEqual([]);
});

it('a view that searches for an order is stored', async () => {
  expect(await save('Order', 'text=1001-%2B20&event=Purchase')).toMatchObject({ views: [{ by: 'the command line' }] });
  expect(saved).toMatchObject([{ name: 'Order', query: 'text=1001-%2B20&event=Purchase' }]);
});

it('a view names no other person who has the name of a removed account', async () => {
  saved.length = 0;
  const view = await saveView({ id: 'shop' }, { store, now: () => 5 }, { name: 'Orders', query: '' }, 'anna');
  expect(view).toMatchObject({ views: [{ by: 'anna' }] });
  saved.push({ site: 'shop', id: 'old', name: 'Old', query: '', by: 'anna', createdAt: 6 });
  accounts = [{ id: 'b'.repeat(16), name: 'anna', createdAt: 9 }];
  const removed = 'an account that was removed';
  expect(await listViews({ id: 'shop' }, store)).toMatchObject({ views: [{ by: removed }, { by: removed }] });
});
