import { present } from '../destinations/kit/present.ts';
import { isReporter, type Reporter, reporters } from '../event/event.ts';
import type { Issue } from '../event/issue.ts';
import { isMatchKey, type MatchKey, matchKeys } from '../event/match-keys.ts';
import { canonicalName } from '../event/names.ts';
import type { Site } from '../event/site.ts';
import { isSkipReason, skipReasons } from '../event/skip.ts';
import type { UnixMs } from '../event/units.ts';
import type { EventSearch, SearchedOutcome } from '../store/store.ts';

/** What events are listed; all that is given must hold. The names are those of the query's parameters. */
export interface EventFilters {
  /** One of these names. */
  readonly event?: readonly string[];
  /** Reported by one of these. */
  readonly reporter?: readonly Reporter[];
  /** One of these became of it: on the connection that is named, else on any. */
  readonly outcome?: readonly SearchedOutcome[];
  /** Outcomes of this connection alone are looked at and shown. */
  readonly connection?: string;
  /** All of these, its copies' and what was known of the shopper among them. */
  readonly has?: readonly MatchKey[];
  /** None of these. */
  readonly lacks?: readonly MatchKey[];
  /** It happened then or later. */
  readonly since?: UnixMs;
  /** It happened before then. */
  readonly until?: UnixMs;
  /** Part of the event's id or of its order's. */
  readonly text?: string;
  /** It is one of the newest so many events. */
  readonly among?: number;
}

/** Everything that can be asked for as an outcome. */
export const outcomeNames: readonly SearchedOutcome[] = [
  'delivered',
  'waiting',
  'dead',
  'undelivered',
  ...Object.keys(skipReasons).filter(isSkipReason),
];

export function isOutcomeName(text: string): text is SearchedOutcome {
  return outcomeNames.some((outcome) => outcome === text);
}

const names = ['event', 'reporter', 'outcome', 'connection', 'has', 'lacks', 'since', 'until', 'text', 'among'] as const;

export function filterParams(filters: EventFilters): [string, string][] {
  return names.flatMap((name) => {
    const asked = filters[name];
    const values = Array.isArray(asked) ? asked : asked === undefined ? [] : [asked];
    return values.map((value): [string, string] => [name, String(value)]);
  });
}

const maxText = 128;
const maxAmong = 100_000;

/** Reads the filters of a query; `undefined` where it has none. Values are not repeated in the issues. */
export function readFilters(
  query: Readonly<Record<string, readonly string[]>>,
  { connections }: Pick<Site, 'connections'>,
): { readonly filters: EventFilters | undefined } | { readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const refuse = (field: string, rule: string, remedy = 'Correct it, or leave it out.') => {
    if (!issues.some((issue) => issue.field === field))
      issues.push({ field, code: 'filter-unknown', message: `\`${field}\` must be ${rule}. ${remedy}` });
  };
  const each = <T>(field: string, read: (text: string) => T | undefined, rule: string): readonly T[] | undefined =>
    query[field]?.flatMap((text) => {
      const value = read(text);
      if (value === undefined) refuse(field, rule);
      return value ?? [];
    });
  const one = <T>(field: string, read: (text: string) => T | undefined, rule: string): T | undefined => {
    if ((query[field]?.length ?? 0) > 1) refuse(field, 'given once');
    return each(field, read, rule)?.[0];
  };
  const whole = (max: number) => (text: string) => (/^\d{1,15}$/.test(text) && Number(text) <= max ? Number(text) : undefined);
  const oneOf =
    <T extends string>(is: (text: string) => text is T) =>
    (text: string) =>
      is(text) ? text : undefined;

  const found = {
    event: each('event', canonicalName, "an event's name, such as Purchase: letters, digits and _, at most 100"),
    reporter: each('reporter', oneOf(isReporter), `one of ${reporters.join(', ')}`),
    outcome: each('outcome', oneOf(isOutcomeName), `one of ${outcomeNames.join(', ')}`),
    connection: one(
      'connection',
      (text) => connections.find(({ id }) => id === text)?.id,
      'a connection of this site. See `convey connections list`',
    ),
    has: each('has', oneOf(isMatchKey), `one of ${matchKeys.join(', ')}`),
    lacks: each('lacks', oneOf(isMatchKey), `one of ${matchKeys.join(', ')}`),
    since: one('since', whole(Number.MAX_SAFE_INTEGER), 'UNIX milliseconds'),
    until: one('until', whole(Number.MAX_SAFE_INTEGER), 'UNIX milliseconds'),
    text: one(
      'text',
      (text) => (text.trim() !== '' && text.length <= maxText ? text : undefined),
      `1 to ${maxText} characters, not all of them blanks`,
    ),
    among: one('among', (text) => whole(maxAmong)(text) || undefined, `1 to ${maxAmong}`),
  };
  const isAsked = Object.values(found).some((value) => value !== undefined) || query.before !== undefined;
  if (isAsked && query.after !== undefined) refuse('after', 'left out beside filters', 'Read on with `before`.');
  if (issues.length > 0) return { issues };
  return { filters: isAsked ? present(found) : undefined };
}

/** The store's question for these filters. */
export function toSearch(site: Site, filters: EventFilters, limit: number, before?: string): EventSearch {
  const { event: names, reporter: of, outcome: any, connection, has, lacks, since, until, text, among } = filters;
  const asked = site.connections.filter(({ id }) => connection === undefined || id === connection);
  const outcomes = any && { pumps: asked.map(({ id }) => `${site.id}/${id}`), any };
  return { ...present({ names, reporters: of, outcomes, has, lacks, since, until, text, among, before }), limit };
}
