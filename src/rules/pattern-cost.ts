import { RE2JS } from 're2js';

/** Steps that may be compiled to count those of one pattern. `estimateSteps` never estimates fewer than half of them. */
const maxEstimate = 5_000;
/** A Unicode class, or a range up to a character outside of ASCII, is one step, but takes long to compile if it ignores the case. */
const wideClass = /\\[pP]|\\x\{|-[^\0-\x7f]/gu;
const wideClassSteps = 25;

/**
 * Returns the steps of a regular expression, which bound its time for each character: about one for each of its characters, and `{n}`
 * repeats those of its part. A pattern that would take long to compile is not compiled: its steps are infinite. @throws if it is not RE2
 */
export function countSteps(pattern: string, most: number): number {
  const wide = wideClassSteps * (pattern.match(wideClass)?.length ?? 0);
  if (wide > most || estimateSteps(pattern) > maxEstimate) return Number.POSITIVE_INFINITY;
  return wide + RE2JS.compile(pattern).programSize();
}

/** Estimates steps by the text: `{n}` after a character adds, and `{n}` after a group or another repetition multiplies all of them. */
function estimateSteps(pattern: string): number {
  let [added, factor] = [pattern.length, 1];
  for (const [, before, least, most] of pattern.matchAll(/(.)\{(\d{1,4})(?:,(\d{0,4}))?\}/gsu)) {
    const times = Math.max(Number(least), Number(most), 1) || Number(least) + 1;
    if (before === ')' || before === '}') factor *= times;
    else added += times;
  }
  return added * factor;
}
