/**
 * Leaves out the items that break the order. The rows on a page are stored in ascending order, so a row that does not fit between its
 * neighbours is damaged. Keeps as many items as possible.
 * @param isBefore whether the first item belongs before the second.
 */
export function keepAscending<Item>(items: readonly Item[], isBefore: (one: Item, other: Item) => boolean): readonly Item[] {
  const fits = (at: number, item: Item) => {
    const earlier = items[at];
    return earlier !== undefined && isBefore(earlier, item);
  };
  if (items.every((item, index) => index === 0 || fits(index - 1, item))) return items;
  const runs: { readonly length: number; readonly before: number }[] = [];
  for (const [index, item] of items.entries()) {
    let best = { length: 1, before: -1 };
    for (const [earlier, run] of runs.entries())
      if (run.length >= best.length && fits(earlier, item)) best = { length: run.length + 1, before: earlier };
    runs[index] = best;
  }
  const longest = Math.max(...runs.map(({ length }) => length));
  const indexes = new Set<number>();
  for (let at = runs.findIndex(({ length }) => length === longest); at >= 0; at = runs[at]?.before ?? -1) indexes.add(at);
  return items.filter((_, index) => indexes.has(index));
}
