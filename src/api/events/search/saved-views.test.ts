import { expect, it } from 'vitest';
import type { SavedView } from '../../../storage/ports/saved-views.ts';
import { ApiErrorResult } from '../../http/api-errors.ts';
import { saveView } from './saved-views.ts';

const saved: SavedView[] = [];
const store = {
  listSavedViews: async () => [],
  saveView: async (view: SavedView) => saved.push(view) > 0,
  removeSavedViews: async () => 0,
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
  expect(await save('Order', 'text=1001-%2B20&event=Purchase')).toEqual({ views: [] });
  expect(saved).toMatchObject([{ name: 'Order', query: 'text=1001-%2B20&event=Purchase' }]);
});
