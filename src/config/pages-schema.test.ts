import { describe, expect, it } from 'vitest';
import { findProblems, readValidConfig, site } from './config.fixture.ts';

const withPages = (pages: unknown) => ({ sites: [{ ...site, capture: { pages } }] });

describe('capture.pages', () => {
  it('is absent unless the operator writes rules, and has each rule as it is written', () => {
    expect(readValidConfig({ sites: [{ ...site, capture: {} }] }).sites[0]?.capture).not.toHaveProperty('pages');
    const pages = [
      { match: '/checkout/*', as: '/checkout', ignore: ['step'] },
      { match: '/über', ignore: ['tab'] },
    ];
    expect(readValidConfig(withPages(pages)).sites[0]?.capture?.pages).toEqual(pages);
  });

  it.each([
    ['[0].match', { match: 'checkout', as: '/c' }],
    ['[0].match', { match: '//other.example/*', as: '/c' }],
    ['[0].match', { match: '/a?b', as: '/c' }],
    ['[0].match', { match: '/*/*/*/*/*', as: '/c' }],
    ['[0].match', { match: `/${'a'.repeat(200)}`, as: '/c' }],
    ['[0].as', { match: '/a', as: '/c/*' }],
    ['[0].as', { match: '/a', as: 'https://shop.example/' }],
    ['[0].ignore', { match: '/a', ignore: [] }],
    ['[0].ignore[0]', { match: '/a', ignore: ['a=b'] }],
    ['[0].as', { match: '/a' }],
  ])('has a rule for %s: %j', (path, rule) => {
    expect(findProblems(withPages([rule]))).toEqual([
      { path: `sites[0].capture.pages${path}`, message: expect.stringMatching(/^Must /) },
    ]);
  });

  it('has at most 16 rules', () => {
    const rule = { match: '/a', as: '/b' };
    expect(findProblems(withPages(Array.from({ length: 17 }, () => rule)))).toMatchObject([{ path: 'sites[0].capture.pages' }]);
  });
});
