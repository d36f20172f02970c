import type { SiteSettingsView } from '../../../../api/client.ts';
import { type ActionItem, getSiteActionItems } from '../summary/action-items.ts';
import { countLost, type DaySummary, sumConnections, summarizeDay } from '../summary/day-summary.ts';
import { getSiteStatus, type SiteStatus } from '../summary/site-status.ts';
import { countFiles, getBudget, getPlatformName, type OverviewData } from '../summary/use-overview.ts';

/** One site of many. */
export interface SiteRow {
  readonly id: string;
  readonly name: string;
  readonly status: SiteStatus;
  readonly actionItems: readonly ActionItem[];
  readonly today: DaySummary;
  readonly received: number;
  readonly accepted: number;
  readonly skipped: number;
  readonly waiting: number;
  readonly dead: number;
  readonly lost: number;
  /** Orders of the shop that are not accounted for, of the last seven days and today. */
  readonly missing: number;
  /** Received yesterday. */
  readonly before: number;
}

export const sortKeys = [
  'state',
  'name',
  'received',
  'accepted',
  'skipped',
  'waiting',
  'dead',
  'lost',
  'missing',
  'before',
] as const;
export type SortKey = (typeof sortKeys)[number];
export interface Sorting {
  readonly by: SortKey;
  readonly isDown: boolean;
}

type Rows = Omit<OverviewData, 'status'> & Partial<Pick<OverviewData, 'status'>>;

/** What there is of each site. */
export function toSiteRows(facts: Rows): readonly SiteRow[] {
  return facts.sites.map((site) => toSiteRow(site, facts));
}

function toSiteRow(site: SiteSettingsView, facts: Rows): SiteRow {
  const today = summarizeDay(facts.today, site.id);
  const yesterday = summarizeDay(facts.yesterday, site.id);
  const connections = facts.connections.filter((one) => one.site === site.id);
  const accuracy = facts.accuracy.find((one) => one.site === site.id);
  const needs = getSiteActionItems({
    site,
    connections,
    today,
    yesterday,
    steps: [],
    accuracy,
    budget: facts.status && getBudget({ status: facts.status }, site.id),
    files: countFiles(facts, site.id),
    now: facts.fetchedAt,
    since: facts.days.today.since,
  });
  return {
    id: site.id,
    name: site.name,
    status: getSiteStatus({
      actionItems: needs,
      today,
      yesterday,
      platform: getPlatformName(facts, site.connections[0]?.destination),
    }),
    actionItems: needs,
    today,
    received: today.received,
    accepted: sumConnections(today, 'accepted'),
    skipped: sumConnections(today, 'skipped'),
    waiting: sumConnections(today, 'waiting') + sumConnections(today, 'unsent'),
    dead: sumConnections(today, 'dead'),
    lost: countLost(today),
    missing: Math.max(0, ...(accuracy?.connections ?? []).map((one) => one.missing)),
    before: yesterday.received,
  };
}

/** 0 is the worst. */
export function rankSite({ status: verdict, actionItems: needs }: Pick<SiteRow, 'status' | 'actionItems'>): number {
  if (verdict.level === 'hand') return 0;
  if (needs.length > 0) return 1;
  return verdict.level === 'quiet' ? 2 : 3;
}

/** The rows whose name or id has the text, in the order asked for; equals by name. */
export function sortRows(rows: readonly SiteRow[], text: string, { by, isDown }: Sorting): readonly SiteRow[] {
  const wanted = text.trim().toLowerCase();
  const found = rows.filter(({ id, name }) => id.includes(wanted) || name.toLowerCase().includes(wanted));
  const sign = isDown ? -1 : 1;
  return [...found].sort((a, b) => sign * compareRows(a, b, by) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}

function compareRows(a: SiteRow, b: SiteRow, by: SortKey): number {
  if (by === 'name') return a.name.localeCompare(b.name);
  return by === 'state' ? rankSite(a) - rankSite(b) : a[by] - b[by];
}
