import { emailLike, type Fields } from './browser-report.ts';

/** Returns a text that may be sent to another party: no placeholder, and no possible e-mail address. */
export function toText(value: unknown): string | undefined {
  const written = String(value ?? '').trim();
  return /^(|null|undefined|\[object.*)$/.test(written) || emailLike.test(written) ? undefined : written;
}

/** Returns the item's id in the catalogue. If the item lacks a part of the template, this is its own id. */
export function formatItemId(item: Fields, template: string): string | undefined {
  let isWhole = true;
  const id = template.replace(/\{(\w+)\}/g, (_, part) => {
    const value = toText(item[part]);
    isWhole &&= value !== undefined;
    return value ?? '';
  });
  return isWhole ? id : toText(item.id);
}

/** Returns the items of an event. */
export function listItems({ items }: Fields): readonly Fields[] {
  return Array.isArray(items) ? items.map(Object) : [];
}

/** Returns the fields that have a value. */
export function omitAbsent<T extends Fields>(fields: T): Partial<T> {
  return JSON.parse(JSON.stringify(fields));
}
