import { expect, it } from 'vitest';
import { listSiteChoices } from './site-choices.ts';

it('lists the chosen site once, also if it was removed', () => {
  const sites = [{ id: 'shop', name: 'The shop' }];
  const shop = { value: 'shop', label: 'The shop' };
  expect(listSiteChoices(sites, undefined)).toEqual([shop]);
  expect(listSiteChoices(sites, 'shop')).toEqual([shop]);
  expect(listSiteChoices(sites, 'gone')).toEqual([shop, { value: 'gone', label: 'gone' }]);
});
