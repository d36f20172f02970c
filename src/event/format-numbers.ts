import { dayMs, hourMs, minuteMs } from './units.ts';

/** Formats a share as a whole percentage. Never `0%` for a part that exists, never `100%` for a part that is incomplete. */
export function formatPercent(part: number, whole = 1): string {
  if (part === 0 || whole === 0) return '0%';
  const rounded = Math.round((100 * part) / whole);
  if (rounded === 0) return '<1%';
  return rounded === 100 && part < whole ? '>99%' : `${rounded.toLocaleString('en-GB')}%`;
}

/** Formats an amount with its currency code and a no-break space. Leaves out a currency that is not a three-letter code. */
export function formatMoney(value: number, currency: string | undefined): string {
  const isCode = currency !== undefined && /^[A-Z]{3}$/.test(currency);
  const style = isCode ? ({ style: 'currency', currency, currencyDisplay: 'code' } as const) : { maximumFractionDigits: 3 };
  return new Intl.NumberFormat('en', style).format(value);
}

/** Formats a count with its noun: `1 event`, `1,204 events`. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return count === 1 ? `1 ${singular}` : `${count.toLocaleString('en-GB')} ${plural}`;
}

/** Formats a length of time in its largest unit: `5 minutes`, `3 hours`, `2 days`. */
export function formatDuration(ms: number): string {
  if (ms < 90 * minuteMs) return formatCount(Math.max(1, Math.floor(ms / minuteMs)), 'minute');
  return ms < 48 * hourMs ? formatCount(Math.floor(ms / hourMs), 'hour') : formatCount(Math.floor(ms / dayMs), 'day');
}
