/** The value of a `datetime-local` input: a time in the user's time zone, to the minute. */

/** Formats UNIX milliseconds as `2026-11-25T10:30`. */
export function formatLocalTime(at: number): string {
  const time = new Date(at);
  const pad = (part: number) => String(part).padStart(2, '0');
  const day = [String(time.getFullYear()).padStart(4, '0'), pad(time.getMonth() + 1), pad(time.getDate())].join('-');
  return `${day}T${[time.getHours(), time.getMinutes()].map(pad).join(':')}`;
}

/** Returns UNIX milliseconds, or `undefined` if the text is incomplete. */
export function parseLocalTime(text: string): number | undefined {
  const at = new Date(text).getTime();
  return Number.isNaN(at) ? undefined : at;
}
