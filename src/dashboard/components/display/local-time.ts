/** Times as a browser's field for day and time holds them: in the reader's zone, without naming it. */

/** `2026-11-25T10:30`: the minute that it is in. */
export function formatLocalTime(at: number): string {
  const time = new Date(at);
  const two = (part: number) => String(part).padStart(2, '0');
  const day = [String(time.getFullYear()).padStart(4, '0'), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${day}T${[time.getHours(), time.getMinutes()].map(two).join(':')}`;
}

/** UNIX milliseconds; `undefined` where it is no time yet. */
export function parseLocalTime(text: string): number | undefined {
  const at = new Date(text).getTime();
  return Number.isNaN(at) ? undefined : at;
}
