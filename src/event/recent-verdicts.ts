/** The number of newest events whose rejections are counted together. */
export const recentEventCount = 1_000;
/** More rejections than this among the newest events need attention. */
export const maxRejections = 50;

/** Counts the rejections in a text of `1` (rejected) and `0` (not). */
export function countRejections(verdicts: string): number {
  return verdicts.length - verdicts.replaceAll('1', '').length;
}
