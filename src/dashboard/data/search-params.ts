/** How an address writes what a page was asked for: `?event=Purchase&event=Lead`, a list as often as it is long. */

type Search = Readonly<Record<string, unknown>>;

/** Every value as text, or as a list of texts; each page judges what it knows. */
export function parseSearch(query: string): Search {
  const given = new URLSearchParams(query);
  return Object.fromEntries([...new Set(given.keys())].map((name) => [name, toOneOrAll(given.getAll(name))]));
}

export function formatSearch(search: Search): string {
  const query = new URLSearchParams(
    Object.entries(search).flatMap(([name, value]) => {
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      return values.filter((one) => one !== undefined && one !== null).map((one): [string, string] => [name, String(one)]);
    }),
  );
  return query.size === 0 ? '' : `?${query}`;
}

function toOneOrAll(values: readonly string[]): string | readonly string[] {
  const [one = '', ...others] = values;
  return others.length === 0 ? one : values;
}

/**
 * An event's id as a part of an address, where `.` and `..` would lead elsewhere however they are encoded: they carry a tilde, and
 * so does what would be read as one of them.
 */
export const eventIdSegment = {
  write: (id: string): string => (/^~*\.{1,2}$/.test(id) ? `~${id}` : id),
  read: (part: string): string => (/^~+\.{1,2}$/.test(part) ? part.slice(1) : part),
};
