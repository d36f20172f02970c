import type { OpenAlertView, SiteSettingsView } from '../../../../api/client.ts';
import { firstSentence, formatInteger } from '../../../components/display/format.ts';
import { nameConnections } from '../../../data/use-destination.ts';
import { type ActionItem, getSiteActionItems } from '../summary/action-items.ts';
import { compareNeeds } from '../summary/compare-needs.ts';
import { type DaySummary, sumConnections, summarizeDay } from '../summary/day-summary.ts';
import { getSiteStatus, type SiteStatus } from '../summary/site-status.ts';
import { countFiles, getBudget, type OverviewData } from '../summary/use-overview.ts';

/** A row of the sites table. */
export interface SiteRow {
  readonly id: string;
  readonly name: string;
  readonly status: SiteStatus;
  readonly actionItems: readonly ActionItem[];
  /** The site's open alerts, urgent ones first. */
  readonly alerts: readonly OpenAlertView[];
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

type Rows = Omit<OverviewData, 'status'> & Partial<Pick<OverviewData, 'status'>>;

/** Returns a row for each site. */
export function toSiteRows(data: Rows): readonly SiteRow[] {
  return data.sites.map((site) => toSiteRow(site, data));
}

function toSiteRow(site: SiteSettingsView, data: Rows): SiteRow {
  const today = summarizeDay(data.today, site.id);
  const yesterday = summarizeDay(data.yesterday, site.id);
  const connections = data.connections.filter((one) => one.site === site.id);
  const accuracy = data.accuracy?.find((one) => one.site === site.id);
  const alerts = data.alerts.filter((alert) => alert.site === site.id);
  const actionItems = getSiteActionItems({
    site,
    connections,
    today,
    yesterday,
    steps: [],
    accuracy,
    budget: data.status && getBudget({ status: data.status }, site.id),
    files: countFiles(data, site.id),
    now: data.fetchedAt,
    since: data.days.today.since,
  });
  return {
    id: site.id,
    name: site.name,
    status: getSiteStatus({
      actionItems,
      alerts,
      today,
      yesterday,
      platforms: nameConnections(site.connections, data.destinations),
      connections: site.connections,
    }),
    actionItems,
    alerts,
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

const levels: readonly SiteStatus['level'][] = ['problem', 'warning', 'quiet', 'working'];

/**
 * Returns the sentence about the worst of a site and how many others it has: an urgent alert, else the first action item, else the first
 * alert. The action items of the alert's connection are the same problem.
 */
export function getWorst({ alerts, actionItems }: Pick<SiteRow, 'alerts' | 'actionItems'>): string | undefined {
  const [urgent, [alert], [item]] = [alerts.find(({ isUrgent }) => isUrgent), alerts, actionItems];
  if (urgent) {
    const others = actionItems.filter(({ connection }) => connection === undefined || connection !== urgent.connection);
    return `${urgent.title}.${countMore(others.length)}`;
  }
  if (item) return `${firstSentence(item.message)}${countMore(actionItems.length - 1)}`;
  return alert && `${alert.title}.`;
}

const countMore = (count: number) => (count === 0 ? '' : ` And ${formatInteger(count)} more.`);

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
  const isUrgent = ({ alerts }: SiteRow) => alerts.some((alert) => alert.isUrgent);
  const [[one], [other]] = [a.actionItems, b.actionItems];
  const needs = one && other ? compareNeeds(one, other) : 0;
  return rankSite(a) - rankSite(b) || Number(isUrgent(b)) - Number(isUrgent(a)) || needs;
}
