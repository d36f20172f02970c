import type { ReportedIssue, SiteSettingsView } from '../../../../api/client.ts';
import { formatInteger } from '../../../components/display/format.ts';
import { nameConnections } from '../../../data/use-destination.ts';
import { selectOpen } from '../../../data/use-issues.ts';
import { type DaySummary, sumConnections, summarizeDay } from '../summary/day-summary.ts';
import { getSiteStatus, type SiteStatus } from '../summary/site-status.ts';
import type { OverviewData } from '../summary/use-overview.ts';

/** A row of the sites table. */
export interface SiteRow {
  readonly id: string;
  readonly name: string;
  readonly status: SiteStatus;
  /** The site's issues, the worst first. */
  readonly issues: readonly ReportedIssue[];
  /** The place of its worst open issue among those of all sites. */
  readonly place: number;
  readonly today: DaySummary;
  readonly received: number;
  readonly accepted: number;
  /** The events that wait for the site's connections, of any day. */
  readonly waiting: number;
  /** Open dead letters, of any day. */
  readonly dead: number;
  /** Shop orders of the seven days up to today that are not accounted for; undefined if not loaded. */
  readonly missing: number | undefined;
  /** Events received yesterday. */
  readonly yesterday: number;
}

export const sortKeys = ['state', 'name', 'received', 'accepted', 'waiting', 'dead', 'missing', 'yesterday'] as const;
export type SortKey = (typeof sortKeys)[number];
export interface Sorting {
  readonly by: SortKey;
  readonly isDown: boolean;
}

/** Returns a row for each site. */
export function toSiteRows(data: OverviewData): readonly SiteRow[] {
  return data.sites.map((site) => toSiteRow(site, data));
}

function toSiteRow(site: SiteSettingsView, data: OverviewData): SiteRow {
  const today = summarizeDay(data.today, site.id);
  const yesterday = summarizeDay(data.yesterday, site.id);
  const connections = data.connections.filter((one) => one.site === site.id);
  const accuracy = data.accuracy?.find((one) => one.site === site.id);
  const issues = data.issues.filter((issue) => issue.site === site.id);
  const [worst] = selectOpen(issues);
  return {
    id: site.id,
    name: site.name,
    status: getSiteStatus({
      issues,
      today,
      yesterday,
      platforms: nameConnections(site.connections, data.destinations),
      connections: site.connections,
    }),
    issues,
    place: worst ? data.issues.indexOf(worst) : data.issues.length,
    today,
    received: today.received,
    accepted: sumConnections(today, 'accepted'),
    waiting: connections.reduce((sum, { waiting }) => sum + waiting, 0),
    dead: connections.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
    missing: accuracy && Math.max(0, ...accuracy.connections.map((one) => one.missing)),
    yesterday: yesterday.received,
  };
}

/** Returns a sort rank by status. 0 is the worst. */
export function rankSite({ status }: Pick<SiteRow, 'status'>): number {
  return levels.indexOf(status.level);
}

const levels: readonly SiteStatus['level'][] = ['urgent', 'warning', 'note', 'quiet', 'working'];

/** Returns the title of the worst open issue of a site, and how many others it has. Undefined if it has none. */
export function getWorst({ issues }: Pick<SiteRow, 'issues'>): string | undefined {
  const open = selectOpen(issues);
  const [worst] = open;
  return worst && `${worst.title}.${open.length > 1 ? ` And ${formatInteger(open.length - 1)} more.` : ''}`;
}

/** Returns the rows whose name or id contains the text, sorted. Equal rows are sorted by name. */
export function sortRows(rows: readonly SiteRow[], text: string, { by, isDown }: Sorting): readonly SiteRow[] {
  const query = text.trim().toLowerCase();
  const found = rows.filter(({ id, name }) => id.includes(query) || name.toLowerCase().includes(query));
  const sign = isDown ? -1 : 1;
  return [...found].sort((a, b) => sign * compareRows(a, b, by) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}

function compareRows(a: SiteRow, b: SiteRow, by: SortKey): number {
  if (by === 'name') return a.name.localeCompare(b.name);
  if (by !== 'state') return (a[by] ?? -1) - (b[by] ?? -1);
  return rankSite(a) - rankSite(b) || a.place - b.place;
}
