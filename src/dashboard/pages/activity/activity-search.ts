import { type ActivitySubject, activitySubjects } from '../../../api/client.ts';

/** The filters in the URL of the activity. */
export interface ActivitySearch {
  readonly site?: string;
  readonly subject?: ActivitySubject;
  readonly actor?: string;
  readonly since?: number;
}

const hourMs = 3_600_000;

/** The periods of the filter. */
export const periods = [
  { value: '24', label: 'Last 24 hours' },
  { value: String(7 * 24), label: 'Last 7 days' },
  { value: String(30 * 24), label: 'Last 30 days' },
  { value: String(90 * 24), label: 'Last 90 days' },
] as const;

/** Returns the start of a period of hours, to the hour. */
export function toSince(hours: string, now: number): number {
  return Math.floor(now / hourMs) * hourMs - Number(hours) * hourMs;
}

/** Reads the filters from search parameters. Ignores invalid values, because URLs are untrusted. */
export function parseActivitySearch(params: Readonly<Record<string, unknown>>): ActivitySearch {
  const { site, actor, since } = params;
  const subject = subjects.find((one) => one === params.subject);
  return {
    ...(typeof site === 'string' && /^[a-z0-9][a-z0-9-]{0,62}$/.test(site) && { site }),
    ...(subject !== undefined && { subject }),
    ...(typeof actor === 'string' && /^(?:cli|gateway|file|[0-9a-f]{16})$/.test(actor) && { actor }),
    ...(/^\d{1,15}$/.test(String(since)) && { since: Number(since) }),
  };
}

const isSubject = (text: string): text is ActivitySubject => Object.hasOwn(activitySubjects, text);
export const subjects: readonly ActivitySubject[] = Object.keys(activitySubjects).filter(isSubject);

/** Returns the filters as the API takes them. */
export function toApiSelection({ subject, ...search }: ActivitySearch) {
  return { ...search, ...(subject !== undefined && { kind: activitySubjects[subject] }) };
}

/** Returns the address of the download with the same filters. */
export function toDownloadLink(search: ActivitySearch): string {
  const { kind = [], ...rest } = toApiSelection(search);
  const query = new URLSearchParams([
    ...Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]),
    ...kind.map((one): [string, string] => ['kind', one]),
  ]);
  return `/api/activity/export${query.size === 0 ? '' : `?${query}`}`;
}
