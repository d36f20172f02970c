import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { drawDiagram } from '../site/markdown.ts';
import { buildNavigation, type NavigationItem } from '../site/navigation.ts';
import { resolveLink, root, sources, toAddress, toHeadingId } from '../site/pages.ts';

const navigation = buildNavigation();
const listLinks = (items: readonly NavigationItem[]): readonly string[] =>
  items.flatMap(({ link, items: inner = [] }) => [...(link === undefined ? [] : [link]), ...listLinks(inner)]);
const findGroup = (text: string, items = navigation) => items.find((item) => item.text === text)?.items ?? [];

describe('the navigation of the documentation site', () => {
  test('leads to every document, once', () => {
    expect(listLinks(navigation).toSorted()).toEqual(sources.map(toAddress).toSorted());
  });

  test('has the guides in the order of their front matter', () => {
    const shop = findGroup('Set up a shop').map(({ link }) => link);
    expect(shop.slice(0, 2)).toEqual(['/guides/going-live', '/guides/add-the-pixel']);
    const platforms = findGroup('Connect a platform');
    expect(platforms[0]).toMatchObject({ text: 'Microsoft Advertising', link: '/guides/microsoft/', collapsed: true });
    expect(findGroup('Microsoft Advertising', platforms).at(-1)?.link).toBe('/destinations/microsoft');
  });

  test('has a title for every page', () => {
    const titles = (items: readonly NavigationItem[]): readonly string[] =>
      items.flatMap(({ text, items: inner = [] }) => [text, ...titles(inner)]);
    expect(titles(navigation).filter((title) => title === '')).toEqual([]);
  });
});

describe('links of the documents', () => {
  test('lead to pages and to copies of files', () => {
    expect(resolveLink('../start/README.md#next', 'docs/guides/shopify.md')).toEqual({ address: '/start/#next' });
    expect(resolveLink('docs/README.md', 'README.md')).toEqual({ address: '/documents' });
    expect(resolveLink('LICENSE', 'README.md')).toEqual({ address: '/files/LICENSE.txt', file: 'LICENSE' });
    for (const href of ['missing.md', 'docs', '../outside.md']) expect(resolveLink(href, 'README.md'), href).toBeUndefined();
  });

  test('have a place in the site in every document', () => {
    const broken = sources.flatMap((source) => {
      const prose = readFileSync(join(root, source), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
      const links = [...prose.matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)].map(([, href = '']) => href);
      return links.filter((href) => resolveLink(href, source) === undefined).map((href) => `${source}: ${href}`);
    });
    expect(broken).toEqual([]);
  });

  test("lead to headings by GitHub's rule", () => {
    expect(toHeadingId("Dashboard's port, `POST /e`")).toBe('dashboards-port-post-e');
  });
});

test('every diagram is drawn with the labels of its nodes', () => {
  const diagrams = [...readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)];
  const [path = '', outcomes = ''] = diagrams.map(([, code = '']) => drawDiagram(code));
  for (const label of ['http-sender.ts', 'event-log.ts', 'validate, hash, resolve consent']) expect(path).toContain(label);
  expect(outcomes).toContain('unverified');
});
