/**
 * Weighs a page in the search: a reader who types `Docker` wants the guide, not the decision that mentions it, and the top of the page that
 * is about the word. The site's build copies the text of this function into the pages, so it uses nothing outside of itself.
 * @param address the address of a page or a section, such as `/guides/shopify.html#try-it`
 * @param _term the word of the search
 * @param stored the titles above the section; none at the top of a page
 */
export function boostPage(address: string, _term = '', stored: { readonly titles?: unknown } = {}): number {
  const top = Array.isArray(stored.titles) && stored.titles.length === 0 ? 2 : 1;
  if (/^\/(?:guides|start|shops)\//.test(address)) return 4 * top;
  if (/^\/operations\//.test(address)) return 3 * top;
  return /^\/(?:destinations|reference|examples)\/|^\/SECURITY/.test(address) ? 1 : 0.25;
}
