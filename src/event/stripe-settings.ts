/** How events of Stripe become events of a site. */
export interface StripeSettings {
  /** The place of the shop's own order id: `client_reference_id`, or `metadata.` and a key. Absent: Stripe's ids. */
  readonly orderIdFrom?: string | undefined;
  /** The place of the shop's id of the customer. Absent: `customer`. */
  readonly externalIdFrom?: (typeof externalIdPlaces)[number] | undefined;
  /** Absent: `record`. */
  readonly renewals?: (typeof renewalRules)[number] | undefined;
  /** Which invoices are purchases. Absent: `subscriptions`. */
  readonly invoices?: (typeof invoiceRules)[number] | undefined;
  /** The events that report refunds. Absent: `refund`. */
  readonly refundsFrom?: (typeof refundEvents)[number] | undefined;
}

export const externalIdPlaces = ['customer', 'client_reference_id'] as const;
/** `record` keeps renewals for the record alone; `send` delivers them as the event `Renewal`. */
export const renewalRules = ['record', 'send'] as const;
/** `all`: also invoices that are written by hand, and quotes. */
export const invoiceRules = ['subscriptions', 'all'] as const;
/** `refund`: `refund.created` and those that follow. `charge`: `charge.refunded`, for endpoints of old API versions. */
export const refundEvents = ['refund', 'charge'] as const;
