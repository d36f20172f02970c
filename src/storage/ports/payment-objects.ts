import type { UnixMs } from '../../event/units.ts';
import type { OrderOwner } from './order-ledger.ts';
import type { UploadPerson } from './uploads.ts';

/** Time for which a trial is kept until its first sale: trials last weeks or months. Other facts are kept for `orderLedgerDays`. */
export const trialDays = 400;

/** A fact about an object of a payment system, by the object's id. */
export interface PaymentFact {
  readonly object: string;
  /**
   * `order`: the object pays the order `value`. `trial`: the subscription began with a trial, and nothing was sold yet; `value` is empty.
   * `sale`: the first sale of the subscription is the event `value`.
   */
  readonly kind: 'order' | 'trial' | 'sale';
  readonly value: string;
}

export interface NewPaymentFact extends PaymentFact {
  readonly at: UnixMs;
  /** The person of the event, if consent is granted. */
  readonly person?: UploadPerson;
}

/**
 * Facts about payments, invoices and subscriptions of a site, which outlive the events. Written by the commit that reads a report. The first
 * fact about an object stays, but a trial becomes a sale. Its contract: `payment-objects.contract.ts`.
 */
export interface PaymentObjectStore {
  listPaymentFacts(site: string, objects: readonly string[]): Promise<readonly PaymentFact[]>;
  /** Returns the facts of a person, and those about the orders. */
  findOwnedPaymentFacts(site: string, owner: OrderOwner): Promise<readonly (PaymentFact & { readonly at: UnixMs })[]>;
}
