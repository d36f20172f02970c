import { type Event, isTrusted } from '../../event/event.ts';
import { parseEventKey } from '../../event/event-key.ts';
import { isAdjustment } from '../../event/order-adjustment.ts';
import { parseEvent } from '../../event/parse-event.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import { type ReportedOrder, toReportedOrder } from '../../storage/ports/money.ts';
import type { OrderRefund } from '../../storage/ports/order-ledger.ts';
import type { ReceivedReport } from '../../storage/ports/reports.ts';
import { isOfPaymentSystem } from '../planning/payment-facts.ts';
import { iterateSlices } from '../profiles/iterate-slices.ts';

/** A report whose body is in the event log. */
interface LoggedReport {
  readonly offset: Offset;
  /** When the event log received it. */
  readonly at: UnixMs;
  readonly event: Event;
}

/** Records that are parsed before other tasks of the process run. */
const parsedAtOnce = 125;
const keepReportMs = 8 * dayMs;
const keepPurchaseMs = 400 * dayMs;

/** Parses the records whose bodies are left. */
export async function parseReports(records: readonly LogRecord[]): Promise<readonly LoggedReport[]> {
  const reports: LoggedReport[] = [];
  for await (const some of iterateSlices(records, parsedAtOnce))
    for (const { offset, at, body } of some) if ('bytes' in body) reports.push({ offset, at, event: parseEvent(body.bytes) });
  return reports;
}

/**
 * Reads the report from the key, which outlives the body. A source that is not known counts as the least trusted one. A purchase is recognised as a
 * duplicate for 400 days, others for 8.
 */
export function toReceivedReport({ offset, key, at }: LogRecord): ReceivedReport {
  const { name, id, reporter = 'browser', via, connection } = parseEventKey(key);
  return {
    offset,
    at,
    name,
    id,
    reporter,
    ...(via && { via }),
    keepUntil: at + (name === 'Purchase' ? keepPurchaseMs : keepReportMs),
    ...(connection !== undefined && { addedFor: connection }),
  };
}

/** Returns the order of a purchase, as the report states it. */
export function readOrder({ commerce: { value, currency }, notSent }: Event): ReportedOrder {
  return toReportedOrder(value, currency, notSent !== undefined);
}

/** Returns the refund or cancellation that a server or webhook reports. A cancellation is always one of the whole order. */
export function readRefund(event: Event): OrderRefund | undefined {
  const { name, id, time, reporter, commerce, payment } = event;
  const { orderId, value, currency } = commerce;
  if (!isAdjustment(event) || !isTrusted({ reporter }) || orderId === undefined) return undefined;
  // Only a payment system states that a refund did not happen.
  const undoes = isOfPaymentSystem(event) ? payment?.undoes : undefined;
  const whole = { orderId, refundId: id, at: time, currency: '' };
  if (name === 'OrderCancelled' || value === undefined) return whole;
  const { thousandths, currency: stated } = toReportedOrder(value, currency, false);
  return thousandths === undefined
    ? undefined
    : { ...whole, thousandths, currency: stated, ...(undoes !== undefined && { undoes }) };
}

/** Returns whether an event has no consent choice and does not count as granted. */
export function isUndecided({ consent: { stated, effective } }: Event): boolean {
  return stated === 'unknown' && effective !== 'granted';
}

export function isBrowserPurchaseReport({ name, reporter }: ReceivedReport): boolean {
  return name === 'Purchase' && reporter === 'browser';
}

/** Returns a purchase that is kept no longer than other reports. */
export function keepBriefly(purchase: ReceivedReport): ReceivedReport {
  return { ...purchase, keepUntil: purchase.at + keepReportMs };
}
