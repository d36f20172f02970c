import type { HookSource } from '../../event/hook.ts';
import { getText } from '../../hooks/json-fields.ts';
import { readRecharge } from '../../hooks/recharge/read-recharge.ts';
import { readStripe } from '../../hooks/stripe/read-stripe.ts';
import { mappedSender } from './mapped-hook.ts';
import { parseShopifyWebhook } from './shopify.ts';
import { findBodyKind } from './shopify-topics.ts';
import { createVerifierByHeader, signatureSchemes } from './signature.ts';
import type { WebhookSender } from './webhook-sender.ts';
import { isWooCommercePing, parseWooCommerceWebhook } from './woocommerce.ts';

/** @source https://shopify.dev/docs/api/webhooks (2026-11); the names without `X-` are those of its newer events */
const shopifyNames = {
  topic: 'Topic',
  delivery: 'Webhook-Id',
  at: 'Triggered-At',
  shop: 'Shop-Domain',
  version: 'API-Version',
} as const;

/** @source https://shopify.dev/docs/apps/build/webhooks/subscribe/https (2026-11) */
const shopifyVerifier = signatureSchemes['hmac-sha256']({
  headers: ['X-Shopify-Hmac-Sha256', 'Shopify-Hmac-Sha256'],
  encoding: 'base64',
});

/** @source https://woocommerce.com/document/webhooks (2026-11) */
const wooCommerceVerifier = signatureSchemes['hmac-sha256']({ headers: ['X-WC-Webhook-Signature'], encoding: 'base64' });

/**
 * The shop systems, at `/hooks/{name}/{site}`. WooCommerce's `X-WC-Webhook-Delivery-ID` is made of the webhook's id and the second, so it is
 * not unique and is not used. WooCommerce does not repeat a delivery by itself.
 * @source https://github.com/woocommerce/woocommerce plugins/woocommerce/includes/class-wc-webhook.php (2026-11): get_new_delivery_id
 */
export const shopSenders: Readonly<Record<'shopify' | 'woocommerce', WebhookSender>> = {
  shopify: {
    getVerifier: () => shopifyVerifier,
    getHeader: (header, name) => header(`X-Shopify-${shopifyNames[name]}`) ?? header(`Shopify-${shopifyNames[name]}`),
    read: parseShopifyWebhook,
    getKind: findBodyKind,
  },
  woocommerce: {
    getVerifier: () => wooCommerceVerifier,
    getHeader: (header, name) => (name === 'topic' ? header('X-WC-Webhook-Topic') : undefined),
    read: parseWooCommerceWebhook,
    isPing: isWooCommercePing,
  },
};

const stripeVerifier = signatureSchemes.timestamped({ header: 'Stripe-Signature', toleranceSeconds: 300 });

/** @source https://developer.rechargepayments.com (2026-11): webhooks; the time may be 48 hours old */
const rechargeVerifier = createVerifierByHeader(
  'X-Recharge-Webhook-Signature',
  signatureSchemes.timestamped({ header: 'X-Recharge-Webhook-Signature', toleranceSeconds: 172_800 }),
  signatureSchemes['sha256-of-secret-and-body']({ header: 'X-Recharge-Hmac-Sha256' }),
);

/** The senders of a site's hooks, at `/hooks/{source}/{site}/{hook}`. */
export const hookSenders: Readonly<Record<HookSource, WebhookSender>> = {
  stripe: {
    getVerifier: () => stripeVerifier,
    via: 'stripe',
    getHeader: () => undefined,
    getDeliveryId: (body) => getText(body, 'id'),
    read: ({ body }, { hook }) => readStripe(body, hook?.stripe),
  },
  recharge: {
    getVerifier: () => rechargeVerifier,
    via: 'recharge',
    getHeader: (header, name) => (name === 'topic' ? header('X-Recharge-Topic') : undefined),
    read: ({ topic, body }, { site }) => readRecharge(topic, body, site),
  },
  hubspot: mappedSender,
  calendly: mappedSender,
  typeform: mappedSender,
  custom: mappedSender,
};
