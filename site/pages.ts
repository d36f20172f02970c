import { globSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** The Markdown files of the site, by their paths in the repository. */
export const sources: readonly string[] = globSync(
  ['*.md', 'docs/**/*.md', 'examples/**/*.md', 'shops/**/*.md', 'src/**/README.md'],
  { cwd: root, exclude: ['examples/destination/**'] },
).toSorted();

/** Returns the place of a source in the site: without `docs/`, and each README as the index of its folder. */
export function toSitePath(source: string): string {
  if (source === 'docs/README.md') return 'documents.md';
  return source.replace(/^docs\//, '').replace(/(^|\/)README\.md$/, '$1index.md');
}

/** Returns the address of a source in the site, such as `/guides/shopify`. */
export function toAddress(source: string): string {
  return `/${toSitePath(source)
    .replace(/(^|\/)index\.md$/, '$1')
    .replace(/\.md$/, '')}`;
}

/**
 * Resolves a relative link of a source. A link to another file of the repository leads to a copy of it, which a browser shows as text.
 * Returns undefined if the link leads to no file.
 */
export function resolveLink(href: string, source: string): { readonly address: string; readonly file?: string } | undefined {
  const [path = '', hash] = href.split('#');
  const target = path === '' ? source : posix.join(posix.dirname(source), decodeURIComponent(path));
  if (sources.includes(target)) return { address: `${toAddress(target)}${hash === undefined ? '' : `#${hash}`}` };
  if (target.startsWith('..') || !statSync(join(root, target), { throwIfNoEntry: false })?.isFile()) return undefined;
  return { address: `/files/${target}.txt`, file: target };
}

/** Returns the id of a heading, by GitHub's rule, which the links in the documents follow. */
export function toHeadingId(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
