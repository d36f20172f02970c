import { formatCount } from '../../../event/format-numbers.ts';
import { done, findMatches, isPurchase, type ObservedEvents, type Step } from './observed-events.ts';
import type { StepView } from './schemas.ts';

/** Returns the steps of a shop platform that sends webhooks. */
export function webhookSteps(seen: ObservedEvents): readonly StepView[] {
  const { platform } = seen.site;
  if (platform === 'custom') return [];
  const guide = `guides/${platform}`;
  return [
    {
      id: 'webhooks-set',
      group: 'server',
      title: 'Webhook secret',
      guide,
      provesGuide: true,
      ...checkWebhookSecret(seen),
    },
    {
      id: 'webhook-order-seen',
      group: 'server',
      title: 'Orders by webhook',
      guide,
      provesGuide: true,
      ...checkWebhookOrders(seen),
    },
  ];
}

function checkWebhookSecret({ site: { webhooks, platform }, refusedAt }: ObservedEvents): Step {
  const shop = platform === 'shopify' ? 'Shopify' : 'WooCommerce';
  const isSet = webhooks.secrets.length > 0;
  if (refusedAt !== undefined) {
    return {
      state: 'problem',
      says: isSet
        ? `A webhook was rejected, because its signature matches no secret of the site. Add the secret that ${shop} shows now.`
        : `A webhook was rejected, because the site has no webhook secret. Add the secret of ${shop}.`,
      at: refusedAt,
    };
  }
  if (isSet) return { state: 'done', says: 'A webhook secret is set.' };
  return {
    state: 'waiting',
    says: `No secret. Create the webhooks in ${shop}, and add their secret in the settings of the site.`,
  };
}

function checkWebhookOrders({ observed }: ObservedEvents): Step {
  const seen = findMatches(observed, (one) => isPurchase(one) && one.reporters.includes('webhook'));
  if (seen.events > 0) return done(seen, `${formatCount(seen.events, 'order')} by webhook in the last 7 days.`);
  return {
    state: 'waiting',
    says: 'No order by webhook in the last 7 days. Place an order in the shop.',
  };
}
