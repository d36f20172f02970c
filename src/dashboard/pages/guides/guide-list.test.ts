import { readFileSync } from 'node:fs';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { indexGuide, searchGuides } from '../palette/guide-search.ts';
import { findGuide, guideSeries, guides, listSeries, resolveGuideLink, shopGuides, troubleshootingGuides } from './guide-list.ts';
import { renderMarkdown } from './render-markdown.ts';

const docs = new URL('../../../../docs/', import.meta.url);
const readMarkdown = (path: string) => readFileSync(new URL(`${path}.md`, docs), 'utf8');

const rendered = new Map<string, string>();
function render(path: string): string {
  const html = rendered.get(path) ?? renderToStaticMarkup(renderMarkdown(readMarkdown(path)).body);
  rendered.set(path, html);
  return html;
}

/** Returns the values of an attribute in a rendered document. */
function listValues(path: string, name: 'href' | 'id'): readonly string[] {
  return [...render(path).matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value);
}

describe('guides', () => {
  it.each([
    ['Shopify', 'shopify'],
    ['refund', 'connect-microsoft'],
    ['GDPR', 'answer-a-data-request'],
  ])('are found by the word %s', (query, slug) => {
    const texts = guides.map((guide) => indexGuide(guide, readMarkdown(guide.path)));
    expect(searchGuides(texts, query, 8)[0]?.slug).toBe(slug);
  });

  it('are found by their slug and have the title of their document', () => {
    for (const guide of guides) {
      expect(findGuide(guide.slug)).toBe(guide);
      expect(readMarkdown(guide.path)).toContain(`\n# ${guide.title}\n`);
      expect(guide.title).not.toMatch(/[`*_[\]]/);
      expect(guide.description, guide.path).toMatch(/^[A-Z].*\.$/);
    }
    expect(new Set(guides.map(({ slug }) => slug)).size).toBe(guides.length);
  });

  it('come in the order of their front matter, with the setup of each platform as a series', () => {
    const [microsoft, meta] = guideSeries;
    expect([microsoft?.title, meta?.title]).toEqual(['Microsoft Advertising, step by step', 'Meta, step by step']);
    for (const series of guideSeries) {
      expect(series.guides.length, series.destination).toBeGreaterThan(0);
      for (const guide of series.guides) expect(listSeries(guide)).toBe(series.guides);
    }
    expect(microsoft?.guides[0]?.slug).toBe('onboarding');
    expect(meta?.guides.map(({ slug }) => slug).slice(0, 2)).toEqual(['meta-dataset-and-token', 'meta-destination']);
    expect(troubleshootingGuides.map(({ slug }) => slug)).toContain('meta-troubleshooting');
    expect(shopGuides[0]?.slug).toBe('going-live');
  });

  it('are found by the slugs of earlier versions', () => {
    expect(findGuide('headless')?.slug).toBe('headless-shops');
    expect(findGuide('from-microsofts-shopify-pixel')?.slug).toBe('migrate-from-microsofts-shopify-pixel');
  });

  it('contain only links to existing guides, headings and files, and to the web', () => {
    for (const guide of guides) {
      for (const href of listValues(guide.path, 'href')) {
        const target = resolveGuideLink(href, guide);
        expect(target, `${guide.path}: ${href}`).toBeDefined();
        if (target?.kind === 'file') expect(() => readFileSync(new URL(`../${target.path}`, docs)), href).not.toThrow();
        if (target?.kind !== 'here' && target?.kind !== 'guide') continue;
        const path = target.kind === 'here' ? guide.path : (findGuide(target.slug)?.path ?? '');
        if (target.hash === undefined) continue;
        expect(listValues(path, 'id'), `${guide.path}: ${href}`).toContain(target.hash);
      }
    }
  });

  it('link to the reference, the decisions and the files of shops', () => {
    const shopify = findGuide('shopify');
    if (!shopify) throw new Error('guide not found');
    expect(resolveGuideLink('../reference/events.md#codes', shopify)).toEqual({
      kind: 'guide',
      slug: 'reference-events',
      hash: 'codes',
    });
    const pixel = resolveGuideLink('../../shops/shopify/README.md', shopify);
    expect(pixel).toEqual({ kind: 'guide', slug: 'shops-shopify-readme' });
    expect(findGuide('shops-shopify-readme')?.path).toBe('../shops/shopify/README');
    expect(guides.map(({ slug }) => slug)).not.toContain('reference-events');
  });

  it('resolve no other links', () => {
    const [guide] = guides;
    if (!guide) throw new Error('no guides');
    for (const href of ['javascript:alert(1)', 'data:text/html,x', 'mailto:a@b.example', '//elsewhere.example', '/etc/passwd'])
      expect(resolveGuideLink(href, guide), href).toBeUndefined();
  });
});
