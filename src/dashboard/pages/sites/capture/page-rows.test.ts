import { expect, it } from 'vitest';
import { toPageRows, toPageRules } from './page-rows.ts';

it('rules of pages become rows and rules again', () => {
  const rules = [
    { match: '/checkout/*', as: '/checkout', ignore: ['step', 'tab'] },
    { match: '/c/*', ignore: ['page'] },
  ];
  expect(toPageRows(rules)).toEqual([
    { match: '/checkout/*', as: '/checkout', ignore: 'step tab' },
    { match: '/c/*', as: '', ignore: 'page' },
  ]);
  expect(toPageRules(toPageRows(rules))).toEqual(rules);
});

it('a form without rows removes the rules, and a typed row is trimmed', () => {
  expect(toPageRules([])).toBeNull();
  expect(toPageRules([{ match: ' /a/* ', as: ' ', ignore: ' step,  tab ' }])).toEqual([
    { match: '/a/*', ignore: ['step', 'tab'] },
  ]);
});
