import { describe, expect, it } from 'vitest';
import { findProblems, readValidConfig, site } from './config.fixture.ts';

const withLinks = (links: unknown, domains: readonly string[] = [...site.domains, 'checkout.example']) => ({
  sites: [{ ...site, domains, capture: { links } }],
});

describe('capture.links', () => {
  it('has domains of the site, and subdomains of these', () => {
    const links = ['checkout.example', 'pay.checkout.example'];
    expect(readValidConfig(withLinks(links)).sites[0]?.capture?.links).toEqual(links);
  });

  it.each([
    ['[0]', ['https://checkout.example/']],
    ['[0]', ['co.uk']],
    ['', []],
    ['', 'checkout.example'],
    ['', Array.from({ length: 17 }, () => 'checkout.example')],
  ])('has a rule for `capture.links%s`: %j', (path, links) => {
    expect(findProblems(withLinks(links))).toEqual([
      { path: `sites[0].capture.links${path}`, message: expect.stringMatching(/^Must /) },
    ]);
  });

  it('has no domain of another site', () => {
    expect(findProblems(withLinks(['other.example', 'checkout.example']))).toEqual([
      { path: 'sites[0].capture.links[0]', message: expect.stringContaining("the site's `domains`") },
    ]);
  });
});
