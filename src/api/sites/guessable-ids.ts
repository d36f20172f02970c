const fewest = 5;
/** Between two orders of one shop: some are made elsewhere, and some are never reported. */
const longestStep = 100;
const leastShare = 0.8;

/** Tells whether ids hold a number that counts up, so that the next ids can be guessed. `ids` in the order in which they were reported. */
export function areSequentialIds(ids: readonly string[]): boolean {
  const numbers = ids.flatMap((id) => {
    const [, before, digits, after] = /^(.*?)(\d{1,15})(\D*)$/s.exec(id) ?? [];
    return digits === undefined ? [] : [{ around: `${before}\u0000${after}`, number: Number(digits) }];
  });
  return [...Map.groupBy(numbers, ({ around }) => around).values()].some((alike) => {
    if (alike.length < fewest) return false;
    const steps = alike.slice(1).map(({ number }, index) => number - (alike[index]?.number ?? 0));
    return steps.filter((step) => step > 0 && step <= longestStep).length >= leastShare * steps.length;
  });
}
