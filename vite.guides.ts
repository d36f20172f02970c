import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { parse } from 'yaml';

/** Loads `guide.md?guide` as the members of its front matter, and its title. The text of a guide is loaded only when it is opened. */
export const guides: Plugin = {
  name: 'guides',
  enforce: 'pre',
  load(id) {
    const [, path] = /^(.+\.md)\?guide$/.exec(id) ?? [];
    if (path === undefined) return undefined;
    this.addWatchFile(path);
    const [, frontMatter = '', body = ''] = /^(?:---\n(.*?)\n---\n)?(.*)$/s.exec(readFileSync(path, 'utf8')) ?? [];
    const title = /^# (.+)$/m.exec(body)?.[1];
    return `export default ${JSON.stringify({ ...parse(frontMatter), title })}`;
  },
};
