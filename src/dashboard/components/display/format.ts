/** Numbers and times as the reader's browser writes them. */

const whole = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dayAndClock = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'long' });

export const formatInteger = (count: number): string => whole.format(count);
/** For places that are narrow: 1.2M. */
export const formatCompact = (count: number): string => (count < 10_000 ? whole.format(count) : short.format(count));

/** Whole percent; what is there is never 0 %, and what lacks something is never 100 %. */
export function formatPercent(part: number, all: number): string {
  if (all === 0 || part === 0) return share.format(0);
  const rounded = Math.round((100 * part) / all) / 100;
  if (rounded === 0) return `< ${share.format(0.01)}`;
  return rounded === 1 && part < all ? `> ${share.format(0.99)}` : share.format(rounded);
}

/** `one event`, `1,204 events`. */
export function pluralize(count: number, one: string, many = `${one}s`): string {
  return `${formatInteger(count)} ${count === 1 ? one : many}`;
}

/** What happened, without what to do: a sentence ends in a full stop and a blank. */
export const firstSentence = (text: string): string => /^.*?\.(?=\s|$)/s.exec(text)?.[0] ?? text;

/** The time alone where it is of today, else with its day. */
export function formatTimeOrDate(at: number): string {
  return new Date(at).toDateString() === new Date().toDateString() ? clock.format(at) : dayAndClock.format(at);
}

export const formatDateTime = (at: number): string => moment.format(at);
export const formatTime = (at: number): string => clock.format(at);
/** In UTC, as logs write it. */
export const formatUtc = (at: number): string => `${new Date(at).toISOString().replace('T', ' ').replace('Z', '')} UTC`;

const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `3 minutes ago`, `in 2 hours`. */
export function formatRelative(at: number, now: number): string {
  const ms = at - now;
  const [unit, size] = steps.find(([, each]) => Math.abs(ms) >= each) ?? ['second', 1_000];
  return ago.format(Math.trunc(ms / size), unit);
}

/** How long something takes: `850 ms`, `4 s`, `12 min`, `3 h`, `2 days`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 90_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 129_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return pluralize(Math.round(ms / 86_400_000), 'day');
}
