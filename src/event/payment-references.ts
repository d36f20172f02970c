/**
 * References of a payment system by which its later events join an order or a subscription. They refer to a person, so a denied event has
 * none, and no platform receives them.
 */
export interface PaymentReferences {
  /** Ids under which the payment system may refund the order, beside its `orderId`, such as a payment's and an invoice's. */
  readonly order?: readonly string[];
  readonly subscription?: string;
  /** The id of the refund that did not happen after all. */
  readonly undoes?: string;
}
