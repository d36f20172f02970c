import { z } from 'zod';
import { externalIdPlaces, invoiceRules, refundEvents, renewalRules } from '../../event/stripe-settings.ts';

/** Returns a choice of names. */
function choose<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, `Must be one of ${names.map((name) => `\`${name}\``).join(', ')}.`).optional();
}

const placeRule = 'Must be `client_reference_id`, or `metadata.` and the name of a key, such as `metadata.order_id`.';

/** The schema of `sites[].hooks[].stripe`. */
export const stripeSettingsSchema = z.strictObject(
  {
    orderIdFrom: z
      .string(placeRule)
      .regex(/^(?:client_reference_id|metadata\.[^.\s[\]]{1,40})$/, placeRule)
      .optional()
      .describe("The place of the shop's own order id in a session. Absent: Stripe's ids."),
    externalIdFrom: choose(externalIdPlaces).describe(
      "The place of the shop's id of the customer in a session. Absent: `customer`.",
    ),
    renewals: choose(renewalRules).describe(
      '`send` delivers renewals as the event `Renewal`. Absent: `record`, which only keeps them.',
    ),
    invoices: choose(invoiceRules).describe(
      '`all`: paid invoices that are written by hand are purchases too. Absent: `subscriptions`.',
    ),
    refundsFrom: choose(refundEvents).describe(
      '`charge` reads refunds from `charge.refunded`, for endpoints of old API versions. Absent: `refund`.',
    ),
  },
  'Must be an object of settings, such as `{"renewals": "send"}`.',
);
