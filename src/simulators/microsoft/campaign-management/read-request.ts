import { type Fields, isFields } from '../../kit/fields.ts';
import { ApiFault, type ErrorCode } from './api-error.ts';

/** Returns an id that was sent as text or as a number; undefined for another value. */
export function readId(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && /^\d{1,20}$/.test(text) ? text : undefined;
}

interface ListCodes {
  readonly none: ErrorCode;
  readonly empty: ErrorCode;
  readonly tooMany: ErrorCode;
}

const listCodes: ListCodes = { none: 201, empty: 203, tooMany: 203 };

/** Returns the list in a member of a request. Refuses the call if there is none, or if it has no or too many items. */
export function readItems(body: Fields, member: string, most: number, codes = listCodes): readonly unknown[] {
  const list = body[member];
  if (!Array.isArray(list)) throw new ApiFault(codes.none);
  if (list.length === 0) throw new ApiFault(codes.empty);
  if (list.length > most) throw new ApiFault(codes.tooMany);
  return list;
}

/** Returns the ids in a member of a request; undefined for null, which asks for all. */
export function readIds(body: Fields, member: string): readonly string[] | undefined {
  if (body[member] === null || body[member] === undefined) return undefined;
  return readItems(body, member, 100).map((value) => readId(value) ?? '');
}

/** Returns the names of a flag member, such as `Event, Url`. */
export function readFlags(value: unknown): ReadonlySet<string> {
  return new Set(typeof value === 'string' ? value.split(/[,\s]+/).filter((name) => name !== '') : []);
}

/** Returns the object; an empty one for any other value. */
export const toFields = (value: unknown): Fields => (isFields(value) ? value : {});

/** Returns the time of an ISO 8601 text in UTC; undefined for another value. */
export function readTime(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,7})?Z$/.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

export const isCurrency = (value: unknown): boolean => typeof value === 'string' && /^[A-Z]{3}$/.test(value);
