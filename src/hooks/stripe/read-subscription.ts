import type { HookReading } from '../hook-event.ts';
import { getObject, getText, omitUndefined } from '../json-fields.ts';
import { readVisitor } from './read-visitor.ts';
import { readId, readSeconds, type StripeEvent } from './stripe-event.ts';
import { createTrialStart } from './trial-start.ts';

/**
 * Reads a change of a subscription. Its sales are in its invoices.
 * @source https://docs.stripe.com/api/subscriptions/object, npm stripe 23.1.0 (2026-12-03): `status`
 */
export function readSubscription({ type, createdAt, object: subscription }: StripeEvent): HookReading {
  const id = readId(subscription, 'id');
  if (id === undefined) return { ignored: 'The subscription has no id.' };
  if (type === 'customer.subscription.deleted') {
    const time = readSeconds(subscription, 'ended_at') ?? createdAt;
    return {
      reports: [
        {
          submission: { id: `subscription-cancelled-${id}`, name: 'SubscriptionCancelled', time },
          notSent: 'record-only',
          payment: { subscription: id },
        },
      ],
    };
  }
  if (type !== 'customer.subscription.created' || getText(subscription, 'status') !== 'trialing')
    return { ignored: 'The change of the subscription is no event. Its sales are reported by `invoice.paid`.' };
  const { anonymousId, rest } = readVisitor([getObject(subscription, 'metadata')]);
  const user = omitUndefined({ externalId: readId(subscription, 'customer'), anonymousId });
  return createTrialStart({ subscription: id, time: createdAt, user, rest });
}
