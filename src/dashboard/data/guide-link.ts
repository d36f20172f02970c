/** Returns the dashboard's guide for a page of the docs: `guides/shopify#steps` is `shopify`, section `steps`. */
export function parseGuideLink(page: string): { readonly name: string; readonly hash?: string } | undefined {
  const [path = '', hash] = page.split('#');
  const name = /^guides\/(?:[\w-]+\/)*([\w-]+)(?:\.md)?$/.exec(path)?.[1];
  if (name === undefined) return undefined;
  return hash === undefined ? { name } : { name, hash };
}
