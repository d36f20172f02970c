import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { drawDiagram } from '../site/markdown.ts';
import { buildNavigation, type NavigationItem } from '../site/navigation.ts';
import { resolveLink, root, sources, toAddress, toHeadingId } from '../site/pages.ts';
import { boostPage } from '../site/search.ts';

const navigation = buildNavigation();
const listLinks = (items: readonly NavigationItem[]): readonly string[] =>
  items.flatMap(({ link, items: inner = [] }) => [...(link === undefined ? [] : [link]), ...listLinks(inner)]);
const findGroup = (text: string, items = navigation) => items.find((item) => item.text === text)?.items ?? [];

describe('the navigation of the documentation site', () => {
  test('leads to every document, once', () => {
    const pages = listLinks(navigation).filter((link) => !link.includes('#'));
    expect(pages.toSorted()).toEqual(sources.map(toAddress).toSorted());
  });

  test('has a link for each group that can be collapsed, so that no button is inside of another', () => {
    const groups = (items: readonly NavigationItem[]): readonly NavigationItem[] =>
      items.flatMap((item) => [item, ...groups(item.items ?? [])]);
    const collapsible = groups(navigation).filter(({ collapsed }) => collapsed !== undefined);
    expect(collapsible.filter(({ link }) => link === undefined)).toEqual([]);
    const headings = readFileSync(join(root, 'docs/README.md'), 'utf8').match(/^## .*$/gm) ?? [];
    const anchors = headings.map((heading) => `/documents#${toHeadingId(heading.slice(3))}`);
    const linked = collapsible.flatMap(({ link }) => (link?.includes('#') ? [link] : []));
    expect(linked).toHaveLength(3);
    for (const link of linked) expect(anchors).toContain(link);
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

test('every diagram is drawn with its labels, and requests nothing from another host', () => {
  const diagrams = [...readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)];
  const [path = '', outcomes = ''] = diagrams.map(([, code = '']) => drawDiagram(code));
  for (const label of ['http-sender.ts', 'event-log.ts', 'validate, hash, resolve consent']) expect(path).toContain(label);
  expect(outcomes).toContain('unverified');
  expect(`${path}${outcomes}`.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:/);
});

test('the search weighs a guide above the reference, and both above decisions and changes', () => {
  const weigh = (...pages: readonly string[]) => pages.map((page) => boostPage(`/${page}`));
  const [guide, start, operations = 0] = weigh('guides/shopify.html#try-it', 'start/', 'operations/running.html#disk');
  const [reference, destination] = weigh('reference/config.html#sites', 'destinations/meta.html');
  const [decision, change, source] = weigh('decisions/0007.html', 'CHANGELOG.html#0-2-0', 'src/storage/recovery/');
  expect(start).toBe(guide);
  expect(guide).toBeGreaterThan(operations);
  expect(operations).toBeGreaterThan(reference ?? 0);
  expect(boostPage('/guides/shopify.html#shopify', 'shopify', { titles: [] })).toBeGreaterThan(guide ?? 0);
  expect(destination).toBe(reference);
  expect(reference).toBeGreaterThan(decision ?? 0);
  expect([change, source]).toEqual([decision, decision]);
});
