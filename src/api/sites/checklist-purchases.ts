import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventGroup } from '../../storage/store/site-activity.ts';
import { areSequentialIds } from './guessable-ids.ts';
import type { StepView } from './schemas.ts';

/** What the purchases of the last days show. */
export interface ObservedPurchases {
  readonly site: Pick<Site, 'purchases' | 'webhooks'>;
  readonly observed: readonly EventGroup[];
  /** Of the last purchases that browsers reported, the oldest first. */
  readonly browserIds: readonly string[];
}

type Step = Omit<StepView, 'id' | 'group' | 'title' | 'guide'>;

/** The steps that keep a stranger, who has the site's public write key, from inventing or claiming purchases. */
export function purchaseSteps(seen: ObservedPurchases): readonly StepView[] {
  return [
    {
      id: 'purchases-confirmed',
      group: 'quality',
      title: 'Purchases of browsers are confirmed by the shop',
      guide: 'guides/send-from-your-server',
      ...purchasesConfirmed(seen),
    },
    {
      id: 'purchase-ids',
      group: 'quality',
      title: 'Ids of purchases cannot be guessed',
      guide: 'guides/send-from-your-server',
      ...purchaseIds(seen),
    },
  ];
}

function purchasesConfirmed({ site, observed }: ObservedPurchases): Step {
  const ofBrowsers = lastOf(observed, (reporter) => reporter === 'browser');
  const ofShop = lastOf(observed, (reporter) => reporter !== 'browser');
  if (site.purchases === 'confirmed') {
    if (ofBrowsers !== undefined && ofShop === undefined) {
      return {
        state: 'problem',
        says: 'The setting `purchases` is `confirmed`, and no server or webhook reported a purchase in the last 7 days, so none is sent. Let the shop report its orders, or set `purchases` to `as-reported`.',
        at: ofBrowsers,
      };
    }
    return {
      state: ofShop === undefined ? 'optional' : 'done',
      says: "The setting `purchases` is `confirmed`: a browser's purchase is sent once a server or webhook reports it.",
      ...(ofShop !== undefined && { at: ofShop }),
    };
  }
  if (ofShop !== undefined || site.webhooks.secrets.length > 0) {
    return {
      state: 'optional',
      says: "The shop reports purchases itself. If it reports every order, set `purchases` to `confirmed` in the site's settings: then nobody can invent a purchase with the site's public write key.",
    };
  }
  return {
    state: 'optional',
    says: 'No server or webhook reports purchases, so nothing can confirm what browsers report. Anybody can make a browser report a purchase: let the shop report its orders too.',
  };
}

function purchaseIds({ observed, browserIds }: ObservedPurchases): Step {
  const at = lastOf(observed, (reporter) => reporter === 'browser');
  if (at === undefined) return { state: 'optional', says: 'No browser reported a purchase in the last 7 days.' };
  if (areSequentialIds(browserIds)) {
    return {
      state: 'problem',
      says: "The ids of the last purchases count up, so anybody can report the next ones before the shop does. Let the shop's server make ids that cannot be guessed, and write them into the thank-you page.",
      at,
    };
  }
  return { state: 'done', says: 'The ids of the last purchases do not count up.', at };
}

function lastOf(observed: readonly EventGroup[], is: (reporter: EventGroup['reporters'][number]) => boolean): UnixMs | undefined {
  const purchases = observed.filter(({ name, reporters }) => name === 'Purchase' && reporters.some(is));
  return purchases.length === 0 ? undefined : Math.max(...purchases.map(({ last }) => last));
}
