import { formatCount } from '../../../event/format-numbers.ts';
import { hasSignedSender } from '../../../event/hook.ts';
import type { Site } from '../../../event/site.ts';
import type { UnixMs } from '../../../event/units.ts';
import type { EventGroup } from '../../../storage/ports/site-activity.ts';
import type { StepView } from './schemas.ts';
import { findIdPattern } from './sequential-ids.ts';

/** The observed purchases of the last days. */
export interface ObservedPurchases {
  readonly site: Pick<Site, 'purchases' | 'webhooks' | 'hooks'>;
  readonly observed: readonly EventGroup[];
  /** Ids of the newest purchases that browsers reported, the oldest first. */
  readonly browserIds: readonly string[];
  /** Ids of the newest purchases that Segment's SDKs reported, in a page or on a server, the oldest first. */
  readonly segmentIds: readonly string[];
}

type Step = Omit<StepView, 'id' | 'group' | 'title'>;

/** Returns the steps against fake purchases, which anyone with the site's public write key can report. */
export function purchaseSteps(seen: ObservedPurchases): readonly StepView[] {
  return [
    {
      id: 'purchases-confirmed',
      group: 'quality',
      title: 'Confirmed purchases',
      guide: 'guides/send-from-your-server',
      ...checkConfirmation(seen),
    },
    {
      id: 'purchase-ids',
      group: 'quality',
      title: 'Random purchase ids',
      guide: 'guides/send-from-your-server',
      ...checkIds(seen),
    },
  ];
}

function checkConfirmation({ site, observed }: ObservedPurchases): Step {
  const browserAt = getLastPurchase(observed, (reporter) => reporter === 'browser');
  const shopAt = getLastPurchase(observed, (reporter) => reporter !== 'browser');
  if (site.purchases === 'confirmed') {
    if (browserAt !== undefined && shopAt === undefined) {
      return {
        state: 'problem',
        says: 'No purchase is sent. `purchases` is `confirmed`, but no server or webhook reported one in the last 7 days. Report the orders from the shop, or set `purchases` to `as-reported`.',
        at: browserAt,
      };
    }
    return {
      state: shopAt === undefined ? 'optional' : 'done',
      says: "`purchases` is `confirmed`: a browser's purchase is sent only after a server or webhook reports it.",
      ...(shopAt !== undefined && { at: shopAt }),
    };
  }
  if (shopAt !== undefined || hasSignedSender(site)) {
    return {
      state: 'optional',
      says: "If the shop reports every order, set `purchases` to `confirmed` in the site's settings. This blocks fake purchases with the public write key.",
    };
  }
  return {
    state: 'optional',
    says: 'Anyone can send a fake purchase from a browser. Report the orders from the shop, too, so that they confirm each other.',
  };
}

function checkIds({ site, observed, browserIds, segmentIds }: ObservedPurchases): Step {
  if (findIdPattern(segmentIds) === 'sequential') {
    const guide = 'guides/segment';
    if (site.purchases === 'confirmed')
      return {
        state: 'optional',
        says: "Purchase ids of Segment's SDKs count up. `purchases` is `confirmed`, so a purchase under a guessed id is not sent alone.",
        guide,
      };
    return {
      state: 'problem',
      says: "Purchase ids of Segment's SDKs count up, so anyone can guess the next one. Send a `checkout_id` that cannot be guessed. If the shop's server reports every order, set `purchases` to `confirmed`.",
      guide,
    };
  }
  const at = getLastPurchase(observed, (reporter) => reporter === 'browser');
  if (at === undefined) return { state: 'optional', says: 'No purchase of a browser in the last 7 days.' };
  const pattern = findIdPattern(browserIds);
  if (pattern === 'sequential') {
    return {
      state: 'problem',
      says: "Purchase ids count up, so anyone can guess the next one. Generate random ids on the shop's server, and use them on the thank-you page.",
      at,
    };
  }
  if (pattern === 'few') {
    const ids = formatCount(browserIds.length, 'purchase id');
    return { state: 'waiting', says: `Too few to judge: ${ids} of browsers so far. The step decides after more purchases.`, at };
  }
  return { state: 'done', says: 'Recent purchase ids do not count up.', at };
}

function getLastPurchase(
  observed: readonly EventGroup[],
  is: (reporter: EventGroup['reporters'][number]) => boolean,
): UnixMs | undefined {
  const purchases = observed.filter(({ name, reporters }) => name === 'Purchase' && reporters.some(is));
  return purchases.length === 0 ? undefined : Math.max(...purchases.map(({ last }) => last));
}
