import { getGuideFile } from './guide-list.ts';

/** The documents. Each is loaded when it is first opened. */
const texts = import.meta.glob<string>(
  [
    '../../../../docs/{decisions,destinations,guides,operations,reference,start}/**/*.md',
    '!../../../../docs/guides/**/README.md',
    '../../../../shops/*/README.md',
  ],
  { query: '?raw', import: 'default' },
);

/** Loads the Markdown of the document at `path`. */
export function loadGuide(path: string): Promise<string> {
  const load = texts[`../../../../${getGuideFile(path)}`];
  return load ? load() : Promise.reject(new Error('guide is not in the docs'));
}
