/** The number of ids that do not count up from which on the next ones are believed not to. */
const enoughIds = 5;
/** The largest gap between two orders of one shop: some are placed elsewhere, and some are never reported. */
const maxStep = 100;
const minShare = 0.8;

/** `sequential`: a number in the ids counts up, so the next ids can be guessed. `few`: too few ids, none of which count up. */
export type IdPattern = 'sequential' | 'random' | 'few';

/** Judges ids, which are in the order of the reports. Two that count up are enough; a few others prove nothing. */
export function findIdPattern(ids: readonly string[]): IdPattern {
  if (areSequentialIds(ids)) return 'sequential';
  return ids.length < enoughIds ? 'few' : 'random';
}

function areSequentialIds(ids: readonly string[]): boolean {
  const numbers = ids.flatMap((id) => {
    const [, before, digits, after] = /^(.*?)(\d{1,15})(\D*)$/s.exec(id) ?? [];
    return digits === undefined ? [] : [{ affixes: `${before}\u0000${after}`, number: Number(digits) }];
  });
  return [...Map.groupBy(numbers, ({ affixes }) => affixes).values()].some((alike) => {
    const steps = alike.slice(1).map(({ number }, index) => number - (alike[index]?.number ?? 0));
    const share = alike.length < enoughIds ? 1 : minShare;
    return steps.length > 0 && steps.filter((step) => step > 0 && step <= maxStep).length >= share * steps.length;
  });
}
