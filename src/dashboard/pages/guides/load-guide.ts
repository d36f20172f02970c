/** The pages of the docs themselves, each loaded when it is first opened. */
const texts = import.meta.glob<string>(['../../../../docs/guides/**/*.md', '!**/README.md'], {
  query: '?raw',
  import: 'default',
});

/** The Markdown of the page of the docs at `path`. */
export function loadGuide(path: string): Promise<string> {
  const load = texts[`../../../../docs/${path}.md`];
  return load ? load() : Promise.reject(new Error('a guide of the list is not in the docs'));
}
