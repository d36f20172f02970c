import type { SiteSettingsView } from '../../../../api/client.ts';
import { type ActionItem, siteActionItems } from '../summary/action-items.ts';
import { type DaySummary, lostEvents, summarizeDay, sumOf } from '../summary/day-summary.ts';
import { type SiteStatus, siteStatus } from '../summary/site-status.ts';
import { budgetOf, type Facts, filesOf, platformName } from '../summary/use-overview.ts';

/** One site of many. */
export interface SiteRow {
  readonly id: string;
  readonly name: string;
  readonly verdict: SiteStatus;
  readonly needs: readonly ActionItem[];
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

export const sortable = [
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
export type SortKey = (typeof sortable)[number];
export interface Sorting {
  readonly by: SortKey;
  readonly isDown: boolean;
}

type Rows = Omit<Facts, 'status'> & Partial<Pick<Facts, 'status'>>;

/** What there is of each site. */
export function rowsOf(facts: Rows): readonly SiteRow[] {
  return facts.sites.map((site) => rowOf(site, facts));
}

function rowOf(site: SiteSettingsView, facts: Rows): SiteRow {
  const today = summarizeDay(facts.today, site.id);
  const yesterday = summarizeDay(facts.yesterday, site.id);
  const connections = facts.connections.filter((one) => one.site === site.id);
  const accuracy = facts.accuracy.find((one) => one.site === site.id);
  const needs = siteActionItems({
    site,
    connections,
    today,
    yesterday,
    steps: [],
    accuracy,
    budget: facts.status && budgetOf({ status: facts.status }, site.id),
    files: filesOf(facts, site.id),
    now: facts.askedAt,
    since: facts.days.today.since,
  });
  return {
    id: site.id,
    name: site.name,
    verdict: siteStatus({ needs, today, yesterday, platform: platformName(facts, site.connections[0]?.destination) }),
    needs,
    today,
    received: today.received,
    accepted: sumOf(today, 'accepted'),
    skipped: sumOf(today, 'skipped'),
    waiting: sumOf(today, 'waiting') + sumOf(today, 'unsent'),
    dead: sumOf(today, 'dead'),
    lost: lostEvents(today),
    missing: Math.max(0, ...(accuracy?.connections ?? []).map((one) => one.missing)),
    before: yesterday.received,
  };
}

/** 0 is the worst. */
export function siteProblem({ verdict, needs }: Pick<SiteRow, 'verdict' | 'needs'>): number {
  if (verdict.level === 'hand') return 0;
  if (needs.length > 0) return 1;
  return verdict.level === 'quiet' ? 2 : 3;
}

/** The rows whose name or id has the text, in the order asked for; equals by name. */
export function sortRows(rows: readonly SiteRow[], text: string, { by, isDown }: Sorting): readonly SiteRow[] {
  const wanted = text.trim().toLowerCase();
  const found = rows.filter(({ id, name }) => id.includes(wanted) || name.toLowerCase().includes(wanted));
  const sign = isDown ? -1 : 1;
  return [...found].sort((a, b) => sign * compared(a, b, by) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}

function compared(a: SiteRow, b: SiteRow, by: SortKey): number {
  if (by === 'name') return a.name.localeCompare(b.name);
  return by === 'state' ? siteProblem(a) - siteProblem(b) : a[by] - b[by];
}
