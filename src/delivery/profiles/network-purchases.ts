import { toBudgetDay } from '../../event/browser-budget.ts';
import type { Event } from '../../event/event.ts';
import type { UnixMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/store/store.ts';
import type { NetworkPurchases } from '../../storage/store/visitor-profiles.ts';

/** A report with the time when the event log received it. */
interface LoggedReport {
  readonly offset: Offset;
  readonly at: UnixMs;
  readonly event: Event;
}

/** The network of purchases without consent, whose addresses are not stored. */
const withoutConsent = 'without-consent';

/**
 * Counts the purchases of a page that browsers report, by day and network: an IPv4 /24 or an IPv6 /48. Returns the number of each
 * purchase within its network and day, and the new counts. Purchases without an address are left out: the only one was the operator's own
 * proxy.
 */
export async function countNetworkPurchases(
  reports: readonly LoggedReport[],
  store: Pick<Store, 'getNetworkPurchases'>,
  site: string,
): Promise<{ readonly places: ReadonlyMap<Offset, number>; readonly networkPurchases: readonly NetworkPurchases[] }> {
  const purchases = reports.flatMap(({ offset, at, event }) => {
    const network = event.name === 'Purchase' && event.reporter === 'browser' ? getNetwork(event) : undefined;
    const day = toBudgetDay(at);
    return network === undefined ? [] : [{ offset, day, network: hashNetwork(site, day, network) }];
  });
  const places = new Map<Offset, number>();
  const counts = new Map<string, NetworkPurchases>();
  if (purchases.length === 0) return { places, networkPurchases: [] };
  const stored = await store.getNetworkPurchases(site, [...new Set(purchases.map(({ network }) => network))]);
  for (const { offset, day, network } of purchases) {
    const place = (counts.get(network)?.purchases ?? stored.get(network) ?? 0) + 1;
    places.set(offset, place);
    counts.set(network, { network, day, purchases: place });
  }
  return { places, networkPurchases: [...counts.values()] };
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
