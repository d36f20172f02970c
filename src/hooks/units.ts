import type { HookUnit } from '../event/hook-mapping.ts';

/** Converts an amount in a currency's smallest unit; `undefined` if the currency is not known. */
export type ToMajor = (amount: number, currency: string) => number | undefined;

type ValueRead = { readonly value: unknown } | { readonly problem: string };

/** Reads an amount. One of major units stays as it is written, and is checked where events are accepted. */
export function readAmount(value: unknown, isMinor: boolean, currency: string | undefined, toMajor: ToMajor): ValueRead {
  if (!isMinor) return { value };
  const text = String(value).trim();
  if (!/^-?\d{1,15}$/.test(text))
    return { problem: 'Must be a whole number of the smallest unit, such as cents. Set the unit `major` if it has decimals.' };
  if (currency === undefined)
    return { problem: 'Must have a currency, because the smallest unit depends on it. Map `commerce.currency`.' };
  const amount = toMajor(Number(text), currency);
  return amount === undefined
    ? { problem: 'Must be in a known currency, because the smallest unit depends on it. Correct `commerce.currency`.' }
    : { value: amount };
}

const withOffset = /^\d{4}-?\d{2}-?\d{2}[Tt ]\d{2}:?\d{2}.*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$/;

/** Reads a time to the form that events have. A time without an offset is refused, because its zone is not known. */
export function readTime(value: unknown, unit: HookUnit = 'iso'): ValueRead {
  const text = String(value).trim();
  if (unit === 'iso') {
    if (withOffset.test(text)) return { value: text };
    const isNumber = /^\d+(?:\.\d+)?$/.test(text);
    return {
      problem: isNumber
        ? 'Must be ISO 8601, but is a number. Set the unit `seconds` or `ms`.'
        : 'Must be ISO 8601 with an offset, such as `2026-12-01T10:00:00+01:00`. Choose a place with such a time.',
    };
  }
  const number = /^\d{1,16}(?:\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
  const at = number === undefined ? Number.NaN : Math.trunc(unit === 'seconds' ? number * 1_000 : number);
  if (number === undefined || Math.abs(at) > 8.64e15)
    return { problem: `Must be a number of ${unit === 'ms' ? 'milliseconds' : 'seconds'}.` };
  return { value: new Date(at).toISOString() };
}
