import { addToNetwork, toBudgetDay } from '../../event/browser-budget.ts';
import { type Event, isTrusted } from '../../event/event.ts';
import { parseEvent } from '../../event/parse-event.ts';
import type { UnixMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import type { EventLog, Offset } from '../../storage/log/event-log.ts';
import type { ReportedPurchase } from '../../storage/ports/reports.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { NetworkPurchases } from '../../storage/ports/visitor-profiles.ts';
import { type BudgetDeps, readFreePart } from './browser-budget.ts';

/** A report with the time when the event log received it. */
interface LoggedReport {
  readonly offset: Offset;
  readonly at: UnixMs;
  readonly event: Event;
}

export interface NetworkPurchasesDeps extends BudgetDeps {
  readonly log: Pick<EventLog, 'findOffsetAt' | 'get'>;
  readonly store: Pick<
    Store,
    'countBrowserPurchases' | 'findCrowdedPurchases' | 'findReportedPurchases' | 'getBrowserUsage' | 'getNetworkPurchases'
  >;
}

/** The use of the networks' parts of the budget by a page. */
export interface PlacedPurchases {
  /** The use of its network's part with each purchase beyond the part that is free for all. */
  readonly places: ReadonlyMap<Offset, number>;
  readonly networkPurchases: readonly NetworkPurchases[];
}

/** The network of purchases without consent, whose addresses are not stored. */
const withoutConsent = 'without-consent';

/**
 * Counts the purchases of a page that only browsers report, by day and network: an IPv4 /24 or an IPv6 /48. A purchase counts if it is
 * beyond the part of the `limit` that is free for all, and no earlier report of it is known. It counts until a trusted report confirms it.
 * Purchases without an address are left out: the only one was the operator's own proxy.
 */
export async function placePurchases(
  reports: readonly LoggedReport[],
  limit: number,
  now: UnixMs,
  deps: NetworkPurchasesDeps,
): Promise<PlacedPurchases> {
  const { site, store } = deps;
  const purchases = reports.filter(({ event }) => event.name === 'Purchase');
  if (purchases.length === 0) return { places: new Map(), networkPurchases: [] };
  const trusted = new Set(purchases.flatMap(({ event }) => (isTrusted(event) ? [event.id] : [])));
  const known = await store.findReportedPurchases(site, [...new Set(purchases.map(({ event }) => event.id))], now);
  const confirmed = [...trusted].flatMap((id) => known.get(id) ?? []);
  const freed = (await loadPlaced(confirmed, deps)).flatMap((report) => toPlace(site, report) ?? []);
  const seen = new Set([...known.keys(), ...trusted]);
  const isNew = ({ event: { id } }: LoggedReport) => !seen.has(id) && seen.add(id).size > 0;
  const added = purchases.filter(isNew).flatMap((report) => toPlace(site, report) ?? []);
  const stored = await store.getNetworkPurchases(site, [...new Set([...freed, ...added].map(({ network }) => network))]);
  const counts = new Map<string, NetworkPurchases>();
  const read = (network: string) => counts.get(network)?.purchases ?? stored.get(network) ?? 0;
  for (const { network, day } of freed)
    if (read(network) > 0) counts.set(network, { network, day, purchases: read(network) - 1 });
  const places = new Map<Offset, number>();
  for (const [day, ofDay] of Map.groupBy(added, (one) => one.day)) {
    let { count: used } = await readFreePart(day, limit, deps);
    for (const { offset, network } of ofDay) {
      const place = addToNetwork(limit, { used, ofNetwork: read(network) }, 1);
      used += 1;
      if (place === undefined) continue;
      places.set(offset, place);
      counts.set(network, { network, day, purchases: place });
    }
  }
  return { places, networkPurchases: [...counts.values()] };
}

/** Loads the browsers' reports of purchases that count for their network. */
async function loadPlaced(
  purchases: readonly ReportedPurchase[],
  { site, log }: Pick<NetworkPurchasesDeps, 'site' | 'log'>,
): Promise<readonly LoggedReport[]> {
  const offsets = purchases.flatMap(({ primary, networkPlace }) => (networkPlace === undefined ? [] : [primary]));
  const records = offsets.length === 0 ? [] : await log.get(site, offsets);
  return records.flatMap(({ offset, at, body }) => ('bytes' in body ? [{ offset, at, event: parseEvent(body.bytes) }] : []));
}

function toPlace(site: string, { offset, at, event }: LoggedReport) {
  const network = getNetwork(event);
  const day = toBudgetDay(at);
  return network === undefined ? undefined : { offset, day, network: hashNetwork(site, day, network) };
}

function getNetwork({ client: { ip }, consent }: Event): string | undefined {
  if (ip !== undefined) return toNetwork(ip);
  return consent.effective === 'denied' ? withoutConsent : undefined;
}

/** Returns the /24 or the /48 of an address. The thread of the identity consumer has no library for it. */
function toNetwork(ip: string): string {
  if (!ip.includes(':')) return ip.split('.').slice(0, 3).join('.');
  const [head = '', tail] = ip.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...after];
  return all
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** Returns a name for the network that is of no use on another day or site. */
function hashNetwork(site: string, day: number, network: string): string {
  return sha256(`${site} ${day} ${network}`).slice(0, 32);
}
