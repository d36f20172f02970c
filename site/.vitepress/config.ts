import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { defineConfig } from 'vitepress';
import { extendMarkdown } from '../markdown.ts';
import { buildNavigation } from '../navigation.ts';
import { root, sources, toHeadingId, toSitePath } from '../pages.ts';
import { boostPage } from '../search.ts';

const outDir = join(root, 'dist/docs');
/** Files that are no pages, to which a page links. */
const copied = new Set<string>();

const icon = `data:image/svg+xml;base64,${readFileSync(join(root, 'src/dashboard/shell/icon.svg'), 'base64')}`;

export default defineConfig({
  title: 'Convey',
  description: 'A self-hosted, first-party conversion gateway',
  head: [['link', { rel: 'icon', href: icon }]],
  srcDir: '..',
  outDir,
  cacheDir: join(root, 'node_modules/.cache/vitepress'),
  srcExclude: ['{dist,test,bench,data}/**', 'examples/destination/**', 'src/**/!(README).md'],
  rewrites: Object.fromEntries(sources.map((source) => [source, toSitePath(source)])),
  ignoreDeadLinks: 'localhostLinks',
  // The search index is one large chunk, which loads with the first search.
  vite: { build: { chunkSizeWarningLimit: 5_000 } },
  markdown: {
    anchor: { slugify: toHeadingId },
    config(markdown) {
      // The documents hold no HTML but comments. A tag in them is text, such as a placeholder in a code span.
      markdown.disable(['html_block', 'html_inline']);
      markdown.core.ruler.before('normalize', 'source', (state) => {
        state.env.source = relative(root, state.env.realPath ?? state.env.path).replaceAll('\\', '/');
        state.src = state.src.replace(/^<!--.*-->$/gm, '');
      });
      extendMarkdown(markdown, copied);
    },
  },
  themeConfig: {
    logo: icon,
    search: { provider: 'local', options: { miniSearch: { searchOptions: { boostDocument: boostPage } } } },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/start/' },
      { text: 'Documents', link: '/documents' },
      { text: 'Security', link: '/SECURITY' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar: buildNavigation(),
    footer: { message: 'Apache License 2.0' },
  },
  buildEnd() {
    for (const file of copied) {
      const target = join(outDir, 'files', `${file}.txt`);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(join(root, file), target);
    }
    console.info(
      `The site is in ${relative(process.cwd(), outDir)}. Serve it with \`npm run docs:serve\`, or copy the folder to a web server.`,
    );
  },
});
