import { isObject } from '../http/parse-json.ts';

/** Reads a shop's JSON, in which every object may be missing and every amount is text. What is not there is `undefined`. */

export type Json = Readonly<Record<string, unknown>>;

const nothing: Json = Object.freeze({});

/** An object's member that is an object; an empty one where it is not. */
export function getObject(of: Json, name: string): Json {
  const value = Object.hasOwn(of, name) ? of[name] : undefined;
  return isObject(value) ? value : nothing;
}

/** An object's member that is a list, without what is no object in it. */
export function getObjects(of: Json, name: string): readonly Json[] {
  const value = Object.hasOwn(of, name) ? of[name] : undefined;
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Text, or a number as text. Blank counts as absent. */
export function getText(of: Json, name: string): string | undefined {
  const value = Object.hasOwn(of, name) ? of[name] : undefined;
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

/** A plain decimal number, as text or as such. */
export function getAmount(of: Json, name: string): number | undefined {
  const text = getText(of, name);
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** The members that are there. */
export function omitUndefined(members: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** To the thousandth: binary fractions of sums and shares are not the shop's. */
export function roundToThousandth(amount: number): number {
  return Math.round(amount * 1_000) / 1_000;
}

/**
 * What a shop's front left with the order about the visitor: who it was, or that they denied.
 * @param left 32 hexadecimal digits, or `denied`; anything else counts as nothing.
 */
export function parseVisitorAttribute(left: string | undefined): { readonly anonymousId?: string; readonly isDenied: boolean } {
  if (left === 'denied') return { isDenied: true };
  return { isDenied: false, ...(left !== undefined && /^[0-9a-f]{32}$/.test(left) && { anonymousId: left }) };
}

/** What it is called there: in Shopify an attribute of the cart, in WooCommerce meta data of the order. */
export const visitorAttributeName = '_convey_visitor';
