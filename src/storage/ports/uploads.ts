import { z } from 'zod';
import type { Sha256 } from '../../event/event.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from './consumer-id.ts';
import type { OrderOwner } from './order-ledger.ts';

/** The lists of conversions and changes that the API of a connected account takes. */
export type UploadKind = 'online-adjustment' | 'offline-conversion' | 'offline-adjustment';

/**
 * `waiting`: sent once it is due. `uploaded`: the platform took it. `attributed`: the platform counted it. `refused`: the platform refused the
 * row. `dead`: it is not sent any more.
 */
export type UploadState = 'waiting' | 'uploaded' | 'attributed' | 'refused' | 'dead';

/** The person of a purchase. Hashes only. */
export interface UploadPerson {
  readonly forms: Readonly<Record<string, Sha256>>;
  readonly externalId?: Sha256;
  readonly anonymousId?: string;
}

/** The answer to the last call with a row, or the reason why there was no call. */
export interface UploadAnswer {
  readonly code: string;
  /** States what happened and what to do. Never the platform's own words, which may echo identifiers. */
  readonly message: string;
  /** The id that the platform's support asks for. */
  readonly trackingId?: string;
}

/** A row that a connection sends with the access to its account. It belongs to one event of an order of the shop. */
export interface NewUpload {
  readonly kind: UploadKind;
  /** Unique among the rows of its kind and connection: see `formatUploadKey`. */
  readonly key: string;
  readonly orderId: string;
  /** The primary report of the refund or purchase. */
  readonly offset: Offset;
  /** The time of the purchase. The row is kept for `orderLedgerDays` from then on: see `RetentionCutoffs.ordersBefore`. */
  readonly at: UnixMs;
  /** The content that is sent, as JSON. It has hashes, click ids and amounts. */
  readonly content: string;
  /** Absent if a delivered order has the person. */
  readonly person?: UploadPerson;
  readonly dueAt: UnixMs;
}

export interface Upload extends NewUpload {
  readonly consumer: ConsumerId;
  readonly state: UploadState;
  /** The calls that had the row. */
  readonly tries: number;
  /** The time of the last call or change. Absent before the first. */
  readonly triedAt?: UnixMs;
  readonly answer?: UploadAnswer;
}

/** The result of a call, or of a check before it. */
export interface UploadResult extends Pick<Upload, 'kind' | 'key' | 'state' | 'tries' | 'dueAt'> {
  readonly triedAt: UnixMs;
  /** Absent: the earlier content. */
  readonly content?: string;
  /** Removes the person. */
  readonly forgetsPerson?: true;
  /** Absent: none. */
  readonly answer?: UploadAnswer;
}

const contentSchema = z.lazy(() =>
  z.object({
    goal: z.string(),
    transactionId: z.string(),
    /** The value that was left, in thousandths. Absent until the row was sent. */
    left: z.number().exactOptional(),
    currency: z.string().exactOptional(),
    at: z.number().exactOptional(),
  }),
);
/** The content of an `online-adjustment`: the goal and the purchase, and once it was sent, the change. */
type ChangeContent = z.output<typeof contentSchema>;

/** Parses the content of an `online-adjustment`. Undefined: this version cannot read it. */
export function parseChangeContent(text: string): ChangeContent | undefined {
  try {
    return contentSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Returns the key of a row. @param event the id of the refund or purchase */
export function formatUploadKey(orderId: string, event: string, goal: string): string {
  return JSON.stringify([orderId, event, goal]);
}

/** Late purchases of one currency that are not uploaded, with the same answer. */
export interface LateSum {
  readonly state: Extract<UploadState, 'waiting' | 'dead'>;
  /** The code of the answer. Absent: none. */
  readonly code?: string;
  /** Absent: none is stated. */
  readonly currency?: string;
  readonly purchases: number;
  readonly amount: number;
  /** The time of the oldest purchase. */
  readonly oldest: UnixMs;
}

/**
 * The rows that connections send with the access to an account. A delivery commit adds them with the outcome of their event, and stores the
 * results of calls (`putUploads`, `uploadResults`). They outlive their events. Their contract: `uploads.contract.ts`.
 */
export interface UploadStore {
  /** Returns waiting rows of a kind that are due, the longest first. Rows of another kind may wait for something else, however many. */
  listDueUploads(consumer: ConsumerId, kind: Upload['kind'], now: UnixMs, limit: number): Promise<readonly Upload[]>;
  /** Returns waiting rows of purchases from before a time, the oldest first. */
  listOldUploads(consumer: ConsumerId, before: UnixMs, limit: number): Promise<readonly Upload[]>;
  /** Returns the rows of orders, by connection, due time and key. */
  listOrderUploads(site: string, orderIds: readonly string[]): Promise<readonly Upload[]>;
  /** Returns the rows of a person: those of the orders, and those that have one of the other values. */
  findOwnedUploads(site: string, owner: OrderOwner): Promise<readonly Upload[]>;
  /** Returns the number of rows in each state. A state without rows is absent. */
  countUploads(consumer: ConsumerId): Promise<Partial<Record<UploadState, number>>>;
  /** Sums the late purchases of a connection that wait to be uploaded, or never will be. */
  sumLatePurchases(consumer: ConsumerId): Promise<readonly LateSum[]>;
  /** Returns the state of a connection's uploads, such as their pause, as JSON. Absent before the first. */
  getUploadState(consumer: ConsumerId): Promise<string | undefined>;
}
