/** A JSON object as received. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the list in a member of a body; undefined if the body has no such list. */
export function getList(body: unknown, member: string): readonly unknown[] | undefined {
  const list = isFields(body) ? body[member] : undefined;
  return Array.isArray(list) ? list : undefined;
}

/** Returns null for an empty string and for other types. */
export const toText = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Returns the text in a member of an object; null for any other value. */
export const getText = (input: unknown, member: string): string | null => (isFields(input) ? toText(input[member]) : null);
