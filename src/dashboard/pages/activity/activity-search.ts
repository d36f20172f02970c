import { type ActivitySubject, activitySubjects } from '../../../api/client.ts';
import type { TimeRange } from '../../data/range.ts';

/** The filters in the URL of the activity. */
export interface ActivitySearch {
  readonly site?: string;
  readonly subject?: ActivitySubject;
  readonly actor?: string;
}

/** Reads the filters from search parameters. Ignores invalid values, because URLs are untrusted. */
export function parseActivitySearch(params: Readonly<Record<string, unknown>>): ActivitySearch {
  const { site, actor } = params;
  const subject = subjects.find((one) => one === params.subject);
  return {
    ...(typeof site === 'string' && /^[a-z0-9][a-z0-9-]{0,62}$/.test(site) && { site }),
    ...(subject !== undefined && { subject }),
    ...(typeof actor === 'string' && /^(?:cli|gateway|file|[0-9a-f]{16})$/.test(actor) && { actor }),
  };
}

const isSubject = (text: string): text is ActivitySubject => Object.hasOwn(activitySubjects, text);
export const subjects: readonly ActivitySubject[] = Object.keys(activitySubjects).filter(isSubject);

/** Returns the filters and the range as the API takes them. */
export function toApiSelection({ subject, ...search }: ActivitySearch, { since, until }: TimeRange) {
  return { ...search, since, until, ...(subject !== undefined && { kind: activitySubjects[subject] }) };
}

/** Returns the address of the download with the same filters and range. */
export function toDownloadLink(search: ActivitySearch, range: TimeRange): string {
  const { kind = [], ...rest } = toApiSelection(search, range);
  const query = new URLSearchParams([
    ...Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]),
    ...kind.map((one): [string, string] => ['kind', one]),
  ]);
  return `/api/activity/export?${query}`;
}
