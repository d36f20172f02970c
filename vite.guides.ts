import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { parse } from 'yaml';
import { z } from 'zod';

const frontMatterSchema = z.object({
  section: z.enum(['steps', 'shop', 'troubleshooting']).optional(),
  order: z.number().optional(),
  description: z.string().optional(),
  formerly: z.string().optional(),
});

/** The members of a document's front matter, and its title. */
export type GuideDocument = z.output<typeof frontMatterSchema> & { readonly title: string };

/** Reads the front matter and the title of a Markdown file. */
export function readGuideDocument(path: string): GuideDocument {
  const [, frontMatter = '', body = ''] = /^(?:---\n(.*?)\n---\n)?(.*)$/s.exec(readFileSync(path, 'utf8')) ?? [];
  const title = /^# (.+)$/m.exec(body)?.[1] ?? '';
  return { ...frontMatterSchema.parse(parse(frontMatter) ?? {}), title };
}

/** Loads `guide.md?guide` as its front matter and title. The text of a guide is loaded only when it is opened. */
export const guides: Plugin = {
  name: 'guides',
  enforce: 'pre',
  load(id) {
    const [, path] = /^(.+\.md)\?guide$/.exec(id) ?? [];
    if (path === undefined) return undefined;
    this.addWatchFile(path);
    return `export default ${JSON.stringify(readGuideDocument(path))}`;
  },
};
