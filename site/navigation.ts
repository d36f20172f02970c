import { basename, dirname, join } from 'node:path';
import { type GuideDocument, readGuideDocument } from '../vite.guides.ts';
import { root, sources, toAddress } from './pages.ts';

/** A page in the navigation, or a group of pages. */
export interface NavigationItem {
  readonly text: string;
  readonly link?: string;
  readonly collapsed?: boolean;
  readonly items?: NavigationItem[];
}

interface Page extends GuideDocument {
  readonly source: string;
}

/** The page that lists all documents. */
const documents = toAddress('docs/README.md');

/**
 * Builds the left navigation by task, from the folders and the front matter of the documents. A group that can be collapsed has a link,
 * because the theme otherwise makes a button of it, around the button that collapses it.
 */
export function buildNavigation(): NavigationItem[] {
  const pages: readonly Page[] = sources
    .map((source) => ({ ...readGuideDocument(join(root, source)), source }))
    .toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0));
  const pick = (...paths: readonly string[]) => paths.flatMap((path) => pages.filter(({ source }) => source === path));
  const guides = pages.filter(({ source }) => dirname(source) === 'docs/guides');
  const inFolder = (folder: string) => pages.filter(({ source }) => source.startsWith(`${folder}/`));

  return [
    {
      text: 'Start',
      items: [
        { text: 'Overview', link: '/' },
        ...list(pick('docs/start/README.md', 'docs/start/getting-started.md', 'docs/README.md')),
      ],
    },
    { text: 'Set up a shop', items: list(guides.filter(({ section }) => section === 'shop')) },
    { text: 'Connect a platform', items: listPlatforms(pages) },
    { text: 'Solve problems', items: list(guides.filter(({ section }) => section === 'troubleshooting')) },
    {
      text: 'Operate',
      items: list([
        ...guides.filter(({ section }) => section === undefined),
        ...inFolder('docs/operations'),
        ...pick('SECURITY.md'),
      ]),
    },
    { text: 'Look up', link: `${documents}#look-up`, collapsed: true, items: list(inFolder('docs/reference')) },
    {
      text: 'Copy',
      link: `${documents}#copy`,
      collapsed: true,
      items: list([...inFolder('examples'), ...inFolder('shops')]),
    },
    {
      text: 'Develop',
      link: `${documents}#work-on-convey`,
      collapsed: true,
      items: [
        ...list(
          pick(
            'CONTRIBUTING.md',
            'ARCHITECTURE.md',
            'GLOSSARY.md',
            'CHANGELOG.md',
            'RELEASING.md',
            'SUPPORT.md',
            'CODE_OF_CONDUCT.md',
          ),
        ),
        ...list(inFolder('src')),
        {
          text: 'Decisions',
          link: toAddress('docs/decisions/README.md'),
          collapsed: true,
          items: list(inFolder('docs/decisions').filter(({ source }) => basename(source) !== 'README.md')),
        },
      ],
    },
  ];
}

/** Lists each platform with its guides, in the order of the series, and its reference page. */
function listPlatforms(pages: readonly Page[]): NavigationItem[] {
  return pages
    .filter(({ source }) => /^docs\/guides\/[^/]+\/README\.md$/.test(source))
    .map(({ source, title }) => {
      const folder = dirname(source);
      const guides = pages.filter((page) => dirname(page.source) === folder && page.source !== source);
      const reference = pages.filter((page) => page.source === `docs/destinations/${basename(folder)}.md`);
      const items = [...list(guides), ...reference.map((page) => ({ text: 'Fields and answers', link: toAddress(page.source) }))];
      return { text: shorten(title), link: toAddress(source), collapsed: true, items };
    });
}

function list(pages: readonly Page[]): NavigationItem[] {
  return pages.map(({ title, source }) => ({ text: shorten(title), link: toAddress(source) }));
}

/** Returns a title without code marks, and without the words that the title of a series ends in. */
function shorten(title: string): string {
  return title.replaceAll('`', '').replace(/, step by step$/, '');
}
