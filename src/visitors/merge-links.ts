import type { IdentityLink } from './identity-links.ts';

/** Returns each link once, sorted by key and visitor. */
export function mergeLinks(links: readonly IdentityLink[]): readonly Required<IdentityLink>[] {
  const inOrder = links.toSorted((a, b) => compareTexts(a.key, b.key) || compareTexts(a.visitor, b.visitor));
  const merged: Required<IdentityLink>[] = [];
  for (const { key, visitor, at, since = at } of inOrder) {
    const last = merged.at(-1);
    if (last?.key === key && last.visitor === visitor)
      merged[merged.length - 1] = { key, visitor, at: Math.max(last.at, at), since: Math.min(last.since, since) };
    else merged.push({ key, visitor, at, since });
  }
  return merged;
}

/** Compares texts by their code units. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
