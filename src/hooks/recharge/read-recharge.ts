import type { Site } from '../../event/site.ts';
import type { HookReading } from '../hook-event.ts';
import { getAmount, getObject, getText, type Json, omitUndefined } from '../json-fields.ts';
import { readOrder } from './read-order.ts';

/** The topics that Convey reads, with the name of the object in their bodies. The topic is not signed, so the body must have it. */
const topics: Readonly<Record<string, 'order' | 'subscription' | 'charge'>> = {
  'order/created': 'order',
  'subscription/cancelled': 'subscription',
  'charge/failed': 'charge',
};

/**
 * Reads a verified webhook of Recharge. On Shopify each of its orders is an order of the shop too.
 * @source https://developer.rechargepayments.com/2021-11 (2026-11): webhooks, orders, charges, subscriptions
 */
export function readRecharge(topic: string, body: Json, site: Pick<Site, 'webhooks'>): HookReading {
  const name = Object.hasOwn(topics, topic) ? topics[topic] : undefined;
  if (name === undefined) return { ignored: 'Convey does not read webhooks of this topic. Delete the webhook in Recharge.' };
  const object = getObject(body, name);
  const id = getText(object, 'id');
  if (id === undefined) return { ignored: 'The body does not fit its topic, so the webhook was ignored.', isMismatch: true };
  switch (name) {
    case 'order':
      if (site.webhooks.secrets.length > 0)
        return { ignored: "The shop's own webhook reports the order, so this one was ignored. Delete the webhook in Recharge." };
      return readOrder(object, id);
    case 'subscription':
      return toRecord('SubscriptionCancelled', `subscription-cancelled-${id}`, getText(object, 'cancelled_at'), {});
    case 'charge': {
      const money = { value: getAmount(object, 'total_price'), currency: getText(object, 'currency') };
      const time = getText(object, 'last_charge_attempt') ?? getText(object, 'updated_at');
      return toRecord('ChargeFailed', `charge-failed-${id}`, time, money);
    }
  }
}

function toRecord(name: string, id: string, time: string | undefined, commerce: Json): HookReading {
  const submission = omitUndefined({ id, name, time, commerce: omitUndefined(commerce) });
  return { reports: [{ submission, notSent: 'record-only' }] };
}
