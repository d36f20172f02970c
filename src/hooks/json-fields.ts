import { isObject } from '../net/parse-json.ts';

/** A JSON object of a shop, in which every member may be missing and every amount may be text. */

export type Json = Readonly<Record<string, unknown>>;

const emptyObject: Json = Object.freeze({});

/** Returns a member that is an object; otherwise an empty object. */
export function getObject(parent: Json, name: string): Json {
  const value = Object.hasOwn(parent, name) ? parent[name] : undefined;
  return isObject(value) ? value : emptyObject;
}

/** Returns the objects in a member that is a list. */
export function getObjects(parent: Json, name: string): readonly Json[] {
  const value = Object.hasOwn(parent, name) ? parent[name] : undefined;
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Returns a member that is text, or a number as text. Blank counts as absent. */
export function getText(parent: Json, name: string): string | undefined {
  const value = Object.hasOwn(parent, name) ? parent[name] : undefined;
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

/** Returns a member that is a plain decimal number, or the text of one. */
export function getAmount(parent: Json, name: string): number | undefined {
  const text = getText(parent, name);
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Removes members that are `undefined`. */
export function omitUndefined(members: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Rounds to the thousandth, to remove the binary fractions of sums and shares. */
export function roundToThousandth(amount: number): number {
  return Math.round(amount * 1_000) / 1_000;
}

/**
 * Parses the value that the shop's front end attached to the order: the visitor's id, or a denial.
 * @param value 32 hexadecimal digits, or `denied`; anything else counts as absent.
 */
export function parseVisitorAttribute(value: string | undefined): { readonly anonymousId?: string; readonly isDenied: boolean } {
  if (value === 'denied') return { isDenied: true };
  return { isDenied: false, ...(value !== undefined && /^[0-9a-f]{32}$/.test(value) && { anonymousId: value }) };
}

/** The name of the visitor attribute: in Shopify an attribute of the cart, in WooCommerce meta data of the order. */
export const visitorAttributeName = '_convey_visitor';
