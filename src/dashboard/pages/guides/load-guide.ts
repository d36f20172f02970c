/** The documents of the guides. Each is loaded when it is first opened. */
const texts = import.meta.glob<string>(['../../../../docs/guides/**/*.md', '!**/README.md'], {
  query: '?raw',
  import: 'default',
});

/** Loads the Markdown of the document at `path`. */
export function loadGuide(path: string): Promise<string> {
  const load = texts[`../../../../docs/${path}.md`];
  return load ? load() : Promise.reject(new Error('guide is not in the docs'));
}
