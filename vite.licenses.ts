import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { z } from 'zod';

const authorSchema = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]);
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: authorSchema.optional(),
});

/** Their own code is in the bundle as helpers and runtime, without a file of `node_modules`. */
const builders = ['vite', 'rolldown'];

/** Writes `LICENSES.txt`: name, version, licence and its full text for each package of the module graph. Fails if a text is missing. */
export const licenses: Plugin = {
  name: 'licenses',
  generateBundle() {
    const folders = new Set(builders.map((name) => join(import.meta.dirname, 'node_modules', name)));
    for (const id of this.getModuleIds()) {
      const [, folder] = /^\0?(\/.*\/node_modules\/(?:@[^/]+\/)?[^/?]+)\//.exec(id) ?? [];
      if (folder !== undefined) folders.add(folder);
    }
    const entries = [...folders].map(describePackage).sort();
    const head = 'The files of this folder contain code of the packages below.\n';
    this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: [head, ...entries].join(`\n${'#'.repeat(80)}\n\n`) });
  },
};

function describePackage(folder: string): string {
  const { name, version, license, author } = manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  const file = readdirSync(folder).find((each) => /^(?:un)?licen[cs]e(?:\.(?:md|txt))?$/i.test(each));
  const text = file === undefined ? standardText(license, author) : readText(join(folder, file));
  if (text === undefined) throw new Error(`${name} ${version} (${license}) contains no licence text. Add it to vite.licenses.ts`);
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** Without what a builder lists of its own tools, which do not go into a bundle. */
function readText(file: string): string {
  return readFileSync(file, 'utf8')
    .replace(/\n#+ Licenses of bundled dependencies\n.*/s, '')
    .trim();
}

/** For a package that names the MIT licence and an author, and contains no text. */
function standardText(license: string, author: string | undefined): string | undefined {
  if (license !== 'MIT' || author === undefined) return undefined;
  return `Copyright (c) ${author.replace(/ *[<(].*$/, '')}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;
}
