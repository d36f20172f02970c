import { z } from 'zod';
import type { UseChoices } from '../../event/consent.ts';
import { isSha256, type Sha256 } from '../../event/event.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from './consumer-id.ts';

/** Time for which a delivered purchase and its refunds are kept. No platform changes a purchase that is older. */
export const orderLedgerDays = 90;

const hashSchema = z.lazy(() => z.custom<Sha256>((value) => typeof value === 'string' && isSha256(value)));
const clickIdSchema = z.lazy(() => z.object({ value: z.string(), at: z.number() }));
const choiceSchema = z.lazy(() => z.enum(['granted', 'denied']));
const usesSchema: z.ZodType<UseChoices> = z.lazy(() =>
  z.object({ adUserData: choiceSchema.exactOptional(), adPersonalization: choiceSchema.exactOptional() }),
);

/** The facts by which a platform finds a purchase again. Stored as JSON. */
export const deliveredPurchaseSchema = z.lazy(() =>
  z.object({
    eventId: z.string(),
    /** The name under which the platform was told, which a rule may have changed. */
    eventName: z.string(),
    time: z.number(),
    /** The value of the order as its reports state it, in thousandths of the currency. Absent if it has none. */
    total: z.number().exactOptional(),
    /** The value that the platform is told before any refund, in thousandths. Absent if it is not known, or was none. */
    told: z.number().exactOptional(),
    /** The value that the platform has, in thousandths, if refunds reduced it. Absent: `told`. */
    left: z.number().exactOptional(),
    currency: z.string().exactOptional(),
    /** What the platform counts or finds the purchase by: its conversion action, or its id. Absent if it takes no refunds. */
    target: z.string().exactOptional(),
    /** When the purchase was sent. Absent if only a stored request knew it, and from earlier versions. */
    sentAt: z.number().exactOptional(),
    /** Whether the platform's own tag reported the purchase too. Absent: it did not. */
    tagRan: z.literal(true).exactOptional(),
    /** The shopper's choices about single uses. Absent: they were not kept. */
    uses: usesSchema.exactOptional(),
    /** Hashes of the e-mail address and the phone number, by the rule of their normal form. */
    forms: z.record(z.string(), hashSchema),
    externalId: hashSchema.exactOptional(),
    anonymousId: z.string().exactOptional(),
    clickIds: z.record(z.string(), clickIdSchema),
  }),
);
export type DeliveredPurchase = z.output<typeof deliveredPurchaseSchema>;

/** A purchase that a connection delivered. */
export interface DeliveredOrder {
  readonly orderId: string;
  /** The primary report. */
  readonly offset: Offset;
  /** Whether a server or webhook reported the order. A browser's report replaces no such one: anyone can report any order id. */
  readonly isTrusted: boolean;
  readonly purchase: DeliveredPurchase;
}

/** The value that a platform has of a delivered purchase, since it accepted a refund. */
export interface RestatedOrder {
  readonly orderId: string;
  /** The primary report of the purchase. */
  readonly offset: Offset;
  /** In thousandths of the currency. */
  readonly left: number;
}

/** A refund or cancellation that a server or webhook reported. */
export interface OrderRefund {
  readonly orderId: string;
  /** The event's id. One refund of an order counts once, however often and however late it is reported. */
  readonly refundId: string;
  readonly at: UnixMs;
  /** In thousandths of the currency. Absent if the whole order was refunded or cancelled. */
  readonly thousandths?: number;
  /** ISO 4217; empty without an amount. */
  readonly currency: string;
  /** The refund of the order that did not happen after all. It pays nothing back, whichever report is read first. Not stored. */
  readonly undoes?: string;
}

/** The values by which orders of a person are found. */
export interface OrderOwner {
  /** Hashes of e-mail addresses, phone numbers and external ids. */
  readonly hashes: readonly string[];
  readonly visitors: readonly string[];
  readonly orderIds: readonly string[];
}

export interface OrderAtConnection extends DeliveredOrder {
  readonly consumer: ConsumerId;
}

/**
 * The purchases that each connection delivered, with what platforms need to change them, and the refunds of a site's orders. Both outlive the
 * events. Written by the commits that settle a delivery and that read a report. Its contract: `order-ledger.contract.ts`.
 */
export interface OrderLedger {
  /** Returns the orders with the connections that delivered them, by the connections' ids. */
  listDeliveredOrders(site: string, orderIds: readonly string[]): Promise<readonly OrderAtConnection[]>;
  /** Returns the refunds of orders, the oldest first. */
  listRefunds(site: string, orderIds: readonly string[]): Promise<readonly OrderRefund[]>;
  /** Returns the delivered orders that have one of the values. */
  findOwnedOrders(site: string, owner: OrderOwner): Promise<readonly OrderAtConnection[]>;
}
