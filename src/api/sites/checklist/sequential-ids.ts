const minIds = 5;
/** The largest gap between two orders of one shop: some are placed elsewhere, and some are never reported. */
const maxStep = 100;
const minShare = 0.8;

/** Returns whether ids contain a number that counts up, so that the next ids can be guessed. The ids are in the order of the reports. */
export function areSequentialIds(ids: readonly string[]): boolean {
  const numbers = ids.flatMap((id) => {
    const [, before, digits, after] = /^(.*?)(\d{1,15})(\D*)$/s.exec(id) ?? [];
    return digits === undefined ? [] : [{ affixes: `${before}\u0000${after}`, number: Number(digits) }];
  });
  return [...Map.groupBy(numbers, ({ affixes }) => affixes).values()].some((alike) => {
    if (alike.length < minIds) return false;
    const steps = alike.slice(1).map(({ number }, index) => number - (alike[index]?.number ?? 0));
    return steps.filter((step) => step > 0 && step <= maxStep).length >= minShare * steps.length;
  });
}
