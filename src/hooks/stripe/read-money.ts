import { toMajorUnits } from '../../event/minor-units.ts';
import { getAmount, getText, type Json, roundToThousandth } from '../json-fields.ts';

/** An amount in the currency's main unit. */
export interface Money {
  readonly value: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

/** Reads an amount in the smallest unit of `currency`. `undefined` if it is no whole number, or the currency is not known. */
export function readMoney(parent: Json, name: string): Money | undefined {
  const amount = getAmount(parent, name);
  return amount === undefined ? undefined : toMoney(amount, parent);
}

/** Converts an amount of the smallest unit of the object's `currency`. */
export function toMoney(amount: number, object: Json): Money | undefined {
  const currency = getText(object, 'currency')?.toUpperCase();
  if (currency === undefined || !Number.isSafeInteger(amount)) return undefined;
  const value = toMajorUnits(amount, currency);
  return value === undefined ? undefined : { value: roundToThousandth(value), currency };
}

export const amountUnreadable = 'The amount or its currency cannot be read.';
