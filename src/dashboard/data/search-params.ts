/** The query part of a page's URL: `?event=Purchase&event=Lead`. A list repeats its key. */

type Search = Readonly<Record<string, unknown>>;

/** Parses a query. Each value is a string, or a list if the key is repeated. Pages validate the values. */
export function parseSearch(query: string): Search {
  const params = new URLSearchParams(query);
  return Object.fromEntries([...new Set(params.keys())].map((name) => [name, toOneOrAll(params.getAll(name))]));
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
 * An event id as a path segment. Browsers resolve `.` and `..` even if they are encoded, so these get a tilde in front, as do ids
 * that already look like an escaped one.
 */
export const eventIdSegment = {
  write: (id: string): string => (/^~*\.{1,2}$/.test(id) ? `~${id}` : id),
  read: (part: string): string => (/^~+\.{1,2}$/.test(part) ? part.slice(1) : part),
};
