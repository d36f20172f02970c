import { setImmediate } from 'node:timers/promises';
import { formatHead } from '../../activity/activity-chain.ts';
import { type FactDeps, sumOutcomes, type WatchedSite } from '../../issues/facts/read-facts.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import { isSentOutcome } from '../../storage/ports/outcomes.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { DigestPeriod } from '../local-time.ts';
import { messageSchema } from '../message.ts';
import type { Digest, DigestSite } from './digest.ts';

export interface DigestDeps extends Pick<FactDeps, 'getWeek'> {
  readonly store: Pick<Store, 'getEventCounts' | 'sumReceived' | 'listOpenAlerts' | 'listBegunAlerts' | 'getActivityHead'>;
}

/**
 * Collects the figures of a period from the counters of the store.
 * @param isLimited leaves out the alerts of the gateway itself, as for a channel that is limited to sites
 */
export async function collectDigest(
  { sites, isLimited }: { readonly sites: readonly WatchedSite[]; readonly isLimited: boolean },
  period: DigestPeriod,
  deps: DigestDeps,
): Promise<Digest> {
  const { store } = deps;
  const ids = new Set(sites.map(({ id }) => id));
  const isShown = (site: string | undefined) => (site === undefined ? !isLimited : ids.has(site));
  const open = (await store.listOpenAlerts()).flatMap(({ content, beganAt }) => {
    const { title, site, since = beganAt } = messageSchema.parse(content);
    return isShown(site) ? [{ title, since }] : [];
  });
  const began = (await store.listBegunAlerts(period.since, period.until)).filter(({ site }) => isShown(site)).length;
  const figures: DigestSite[] = [];
  for (const site of sites) {
    figures.push(await collectSite(site, period, deps));
    await setImmediate();
  }
  const head = await store.getActivityHead();
  return { ...period, sites: figures, open, began, ...(head.seq > 0 && { activity: formatHead(head) }) };
}

async function collectSite(site: WatchedSite, { since, until }: DigestPeriod, deps: DigestDeps): Promise<DigestSite> {
  const { store, getWeek } = deps;
  const lengthMs = until - since;
  const enabled = site.connections.filter((connection) => connection.enabled).map(({ id }) => id);
  const consumers = enabled.map((connection) => formatConsumerId(site.id, connection));
  const counts = await store.getEventCounts(site.id, consumers, since, until, lengthMs);
  const week = await getWeek(site);
  const [events, eventsBefore] = await Promise.all([
    store.sumReceived(site.id, 'events', since, until),
    store.sumReceived(site.id, 'events', since - lengthMs, since),
  ]);
  const [orders, ordersBefore] = await Promise.all([
    store.sumReceived(site.id, 'orders', since, until),
    store.sumReceived(site.id, 'orders', since - lengthMs, since),
  ]);
  return {
    site: site.id,
    name: site.name,
    events,
    eventsBefore,
    orders,
    ordersBefore,
    connections: enabled.map((connection) => {
      const { outcomes = [], added: addedByBucket = [] } = counts.connections.get(formatConsumerId(site.id, connection)) ?? {};
      const added = addedByBucket.reduce((total, one) => total + one.events, 0);
      const share = week.get(connection)?.share;
      return {
        connection,
        delivered: sumOutcomes(outcomes, isSentOutcome),
        dead: sumOutcomes(outcomes, (outcome) => outcome === 'dead'),
        ...(added > 0 && { added }),
        ...(share !== undefined && { share }),
      };
    }),
  };
}
