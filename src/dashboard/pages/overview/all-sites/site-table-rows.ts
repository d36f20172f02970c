import type { ApiResponse, OrderDaysView, ReportedIssue, SiteSettingsView, TotalsView } from '../../../../api/client.ts';
import { formatInteger } from '../../../components/display/format.ts';
import { nameConnections } from '../../../data/use-destination.ts';
import { selectOpen } from '../../../data/use-issues.ts';
import { type DaySummary, summarizeDay } from '../summary/day-summary.ts';
import { type AmountFigure, summarizeMoney } from '../summary/money-figures.ts';
import { getSiteStatus, type SiteStatus } from '../summary/site-status.ts';
import type { OverviewData } from '../summary/use-overview.ts';

/** A row of the sites table. */
export interface SiteRow {
  readonly id: string;
  readonly name: string;
  /** The account that is responsible for the site. */
  readonly assignee?: string;
  readonly status: SiteStatus;
  /** The site's issues, the worst first. */
  readonly issues: readonly ReportedIssue[];
  /** The place of its worst open issue among those of all sites. */
  readonly place: number;
  readonly today: DaySummary;
  /** Undefined until loaded. */
  readonly orders: SiteOrders | undefined;
  /** The orders of each of the last days, the present one included. Undefined until loaded. */
  readonly days: OrderDaysView | undefined;
  /** The events that wait for the site's connections, of any day. */
  readonly waiting: number;
  /** Open dead letters, of any day. */
  readonly dead: number;
  /** Shop orders of the seven days up to today that are not accounted for; undefined if not loaded. */
  readonly missing: number | undefined;
}

/** The orders of a site in the range. */
export interface SiteOrders {
  readonly count: number;
  /** Absent if nothing is compared. */
  readonly before?: number;
  /** The amounts of all orders, that with the most orders first. Currencies are never added. */
  readonly revenue: readonly SiteRevenue[];
  /** From when on refunds are known. */
  readonly refundsSince: number;
  /** The orders that each platform accepted. */
  readonly platforms: readonly { readonly connection: string; readonly name: string; readonly accepted: number }[];
  readonly moneySince?: number;
}

/** The amount of a site's orders in one currency. `net`, if there were refunds, is the amount that they leave. */
export interface SiteRevenue extends AmountFigure {
  readonly net?: number;
}

export const sortKeys = ['state', 'name', 'orders', 'waiting', 'dead', 'missing'] as const;
export type SortKey = (typeof sortKeys)[number];
export interface Sorting {
  readonly by: SortKey;
  readonly isDown: boolean;
}

/** The data of the overview of several sites. */
interface PortfolioData extends OverviewData {
  /** Orders of each site, and how many were accepted. Absent until loaded. */
  readonly accuracy?: ApiResponse<'GET /api/accuracy'> | undefined;
}

/** Returns a row for each site. @param totals those of the range; undefined until loaded, as `days` */
export function toSiteRows(
  data: PortfolioData,
  totals: readonly TotalsView[] | undefined,
  days: readonly OrderDaysView[] | undefined,
): readonly SiteRow[] {
  return data.sites.map((site) => ({
    ...toSiteRow(site, data, totals),
    days: days?.find((one) => one.site === site.id),
  }));
}

function toSiteRow(
  site: SiteSettingsView,
  data: PortfolioData,
  totals: readonly TotalsView[] | undefined,
): Omit<SiteRow, 'days'> {
  const today = summarizeDay(data.today, site.id);
  const yesterday = summarizeDay(data.yesterday, site.id);
  const connections = data.connections.filter((one) => one.site === site.id);
  const accuracy = data.accuracy?.find((one) => one.site === site.id);
  const issues = data.issues.filter((issue) => issue.site === site.id);
  const [worst] = selectOpen(issues);
  const platforms = nameConnections(site.connections, data.destinations);
  const ofRange = totals?.find((one) => one.site === site.id);
  return {
    id: site.id,
    name: site.name,
    ...(site.assignee !== undefined && { assignee: site.assignee }),
    status: getSiteStatus({
      issues,
      today,
      yesterday,
      platforms,
      connections: site.connections,
    }),
    issues,
    place: worst ? data.issues.indexOf(worst) : data.issues.length,
    today,
    orders: ofRange && toSiteOrders(ofRange, platforms),
    waiting: connections.reduce((sum, { waiting }) => sum + waiting, 0),
    dead: connections.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
    missing: accuracy && Math.max(0, ...accuracy.connections.map((one) => one.missing)),
  };
}

function toSiteOrders(totals: TotalsView, names: Readonly<Record<string, string>>): SiteOrders {
  const { before, connections, moneySince, refundsSince } = totals;
  return {
    count: countOrders(totals),
    ...(before && { before: countOrders(before) }),
    revenue: listRevenue(totals),
    refundsSince,
    platforms: connections.map(({ connection, money }) => ({
      connection,
      name: names[connection] ?? connection,
      accepted: money.accepted.orders,
    })),
    ...(moneySince !== undefined && { moneySince }),
  };
}

function listRevenue(totals: TotalsView): readonly SiteRevenue[] {
  const figures = summarizeMoney(totals, undefined);
  const { amounts = [] } = figures?.reported ?? {};
  const refunds = figures?.refunds.amounts ?? [];
  const known = new Set(amounts.map(({ currency }) => currency));
  // A currency may have refunds of earlier orders alone.
  const others = refunds.filter(({ currency }) => !known.has(currency)).map(({ currency }) => ({ currency, amount: 0 }));
  return [...amounts, ...others].map((one) => {
    const net = refunds.find(({ currency }) => currency === one.currency)?.net;
    return { ...one, ...(net !== undefined && { net }) };
  });
}

function countOrders({ reported, browsersAlone }: Pick<TotalsView, 'reported' | 'browsersAlone'>): number {
  return reported.orders + browsersAlone.orders;
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

/** Selects the sites without an assignee. No account has this name. */
export const nobody = '-';

/** Returns the rows with this assignee, those without one for `nobody`, or all if nothing is chosen. */
export function selectAssignee(rows: readonly SiteRow[], assignee: string | undefined): readonly SiteRow[] {
  return assignee === undefined ? rows : rows.filter((row) => (row.assignee ?? nobody) === assignee);
}

/** Returns the choices of the filter by assignee. There are none if no site has one and none is chosen. */
export function listAssigneeChoices(
  rows: readonly SiteRow[],
  chosen: string | undefined,
): { readonly value: string; readonly label: string }[] {
  const all = [...rows.map(({ assignee }) => assignee), chosen];
  const named = all.flatMap((one) => (one === undefined || one === nobody ? [] : [one]));
  if (named.length === 0 && chosen === undefined) return [];
  const assignees = [...new Set(named)].sort().map((name) => ({ value: name, label: name }));
  return [...assignees, { value: nobody, label: 'Nobody' }];
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
  if (by === 'orders') return (a.orders?.count ?? -1) - (b.orders?.count ?? -1);
  if (by !== 'state') return (a[by] ?? -1) - (b[by] ?? -1);
  return rankSite(a) - rankSite(b) || a.place - b.place;
}
