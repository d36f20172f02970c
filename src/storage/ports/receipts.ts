import { hourMs, type UnixMs } from '../../event/units.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from './consumer-id.ts';

/** A request that the platform received without a verdict on its events. The verdict is asked for with the ticket. */
export interface Receipt {
  /** The attempt's id. */
  readonly attempt: string;
  /** The platform's name for the request. Empty if the stored row is damaged: the verdict cannot be asked for. */
  readonly ticket: string;
  /** When the platform received the request. */
  readonly receivedAt: UnixMs;
  /** When the verdict is asked for next. */
  readonly askAt: UnixMs;
  /** How often the verdict was asked for. */
  readonly asks: number;
  /** The events, in the order of the request. An erasure removes none of them, because a verdict refers to positions. */
  readonly members: readonly ReceiptMember[];
}

export interface ReceiptMember {
  readonly offset: Offset;
  /** Set if a browser's report filled in fields. */
  readonly isMerged?: true;
  /** Set if the event was delivered before and an operator requested to send it again. */
  readonly isResend?: true;
  /** The value of a purchase that refunds had reduced when it was sent, or to which a refund restates it, in thousandths. */
  readonly left?: number;
  /** What the platform counts the purchase by. */
  readonly target?: string;
}

/** The longest time between two questions, unless the clock was ahead when it was set. */
export const maxAskIntervalMs = hourMs;

/** Receipts of connections whose platforms give their verdicts later. Its contract: `receipts.contract.ts`. */
export interface ReceiptStore {
  /** Returns the receipt whose question has been due for the longest time. */
  findDueReceipt(consumer: ConsumerId, now: UnixMs): Promise<Receipt | undefined>;
  /** Returns the earliest time of a question. */
  getNextAskTime(consumer: ConsumerId): Promise<UnixMs | undefined>;
  /** Returns the receipt of an attempt; `undefined` once the verdict is settled. */
  getReceipt(consumer: ConsumerId, attempt: string): Promise<Receipt | undefined>;
  /** Lists the receipts that have an event at or before an offset. */
  listReceiptsUpTo(consumer: ConsumerId, through: Offset): Promise<readonly Receipt[]>;
}
