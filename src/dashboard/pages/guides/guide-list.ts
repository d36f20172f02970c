/** A page of the docs that the dashboard shows. */
export interface Guide {
  /** The guide's part of the URL: the name of its file. */
  readonly slug: string;
  /** Path in the docs, as in the steps of the checklist. */
  readonly path: string;
  readonly title: string;
  readonly description: string;
}

/** The setup of one platform. */
export interface GuideSeries {
  /** The folder of the guides: the destination's id. */
  readonly destination: string;
  readonly title: string;
  /** In order. */
  readonly guides: readonly Guide[];
}

/** A document: its title, and the members of its front matter. The dashboard shows a document that has a section. */
interface GuideDocument {
  readonly title: string;
  readonly section?: 'steps' | 'shop' | 'troubleshooting';
  readonly description?: string;
  /** The place in its section. In the README of a folder: the place of the series. */
  readonly order?: number;
  /** The slug in an earlier version, for bookmarks. */
  readonly formerly?: string;
}

const found = import.meta.glob<GuideDocument>('../../../../docs/guides/**/*.md', {
  query: '?guide',
  import: 'default',
  eager: true,
});

const documents = Object.entries(found)
  .map(([file, document]) => {
    const path = file.replace(/^.*\/docs\/(.*)\.md$/, '$1');
    const [slug = '', folder = ''] = path.split('/').reverse();
    return { ...document, path, slug, folder };
  })
  .toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0));

/** Further documents to which guides link. The dashboard shows, but does not list them. */
const linked = import.meta.glob<GuideDocument>(
  ['../../../../docs/{decisions,destinations,operations,reference,start}/*.md', '../../../../shops/*/README.md'],
  { query: '?guide', import: 'default', eager: true },
);
const linkedDocuments: readonly Guide[] = Object.entries(linked).map(([file, { title }]) => {
  const name = file.replace(/^(?:\.\.\/)*(?:docs\/)?|\.md$/g, '');
  const path = file.includes('/docs/') ? name : `../${name}`;
  return { slug: name.replaceAll('/', '-').toLowerCase(), path, title, description: '' };
});

function listSection(section: GuideDocument['section'], folder?: string): readonly Guide[] {
  return documents
    .filter((one) => one.section === section && (folder === undefined || one.folder === folder))
    .map(({ slug, path, title, description = '' }) => ({ slug, path, title, description }));
}

/** The setup of each platform. */
export const guideSeries: readonly GuideSeries[] = documents
  .filter(({ slug }) => slug === 'README')
  .map(({ folder, title }) => ({ destination: folder, title, guides: listSection('steps', folder) }))
  .filter((series) => series.guides.length > 0);

export const troubleshootingGuides = listSection('troubleshooting');
export const shopGuides = listSection('shop');

/** All guides. */
export const guides: readonly Guide[] = [
  ...guideSeries.flatMap((series) => series.guides),
  ...troubleshootingGuides,
  ...shopGuides,
];

/** Returns the guides of a platform's setup that include this one, in order. Empty for any other guide. */
export function listSeries(guide: Guide): readonly Guide[] {
  return guideSeries.find((series) => series.guides.includes(guide))?.guides ?? [];
}

export function findGuide(slug: string): Guide | undefined {
  const current = documents.find(({ formerly }) => formerly === slug)?.slug ?? slug;
  return [...guides, ...linkedDocuments].find((guide) => guide.slug === current);
}

/** Returns the file of a document, relative to the repository. */
export function getGuideFile(path: string): string {
  return new URL(`${path}.md`, 'file:///docs/').pathname.slice(1);
}

/** The target of a link in a guide. */
export type LinkTarget =
  | { readonly kind: 'here'; readonly hash: string }
  | { readonly kind: 'guide'; readonly slug: string; readonly hash?: string }
  | { readonly kind: 'web'; readonly url: string }
  /** A file of the repository that the dashboard does not show. */
  | { readonly kind: 'file'; readonly path: string };

/** Resolves a link of the guide at `path`. Returns `undefined` unless it leads to the web, a guide or a file next to the docs. */
export function resolveGuideLink(href: string, { path }: Pick<Guide, 'path'>): LinkTarget | undefined {
  if (href.startsWith('#')) return { kind: 'here', hash: href.slice(1) };
  if (/^https?:\/\//i.test(href)) return { kind: 'web', url: href };
  if (/^[a-z][a-z+.-]*:/i.test(href) || href.startsWith('/')) return undefined;
  const { pathname, hash } = new URL(href, `file:///docs/${path}.md`);
  const file = decodeURIComponent(pathname.slice(1));
  const guide = [...guides, ...linkedDocuments].find((one) => getGuideFile(one.path) === file);
  if (!guide) return { kind: 'file', path: file };
  return { kind: 'guide', slug: guide.slug, ...(hash !== '' && { hash: hash.slice(1) }) };
}
