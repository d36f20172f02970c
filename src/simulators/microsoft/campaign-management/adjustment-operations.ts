import { type Fields, getText, isFields } from '../../kit/fields.ts';
import type { AdjustmentRow } from '../journal/adjustment-row.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { readAdjustment } from './adjustment-rules.ts';
import { type ItemError, toPartialErrors } from './api-error.ts';
import type { AccountCall, AccountOperation, ApiState } from './call.ts';
import { readItems } from './read-request.ts';

export const rowCodes = { none: 5600, empty: 5601, tooMany: 5602 } as const;
export const maxRows = 1_000;

/**
 * The adjustment of conversions that events of the Conversions API or of the browser tag were counted as.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/applyonlineconversionadjustments (2026-08-17)
 */
export const adjustmentOperations: readonly AccountOperation[] = [
  {
    method: 'POST',
    path: '/OnlineConversionAdjustments/Apply',
    isWrite: true,
    run(call, state) {
      const events = state.journal.events();
      const errors = readItems(call.body, 'OnlineConversionAdjustments', maxRows, rowCodes).flatMap((row, index) => {
        const error = adjust(row, events, call, state);
        return error === undefined ? [] : [{ index, ...error }];
      });
      return { PartialErrors: toPartialErrors(errors) };
    },
  },
];

function adjust(
  row: unknown,
  events: readonly JournalEvent[],
  { now, fault }: AccountCall,
  { journal, goals }: ApiState,
): Omit<ItemError, 'index'> | undefined {
  if (fault?.mode === 'adjustments-off') return { code: 5627 };
  if (!isFields(row)) return { code: 5603 };
  const transactionId = getText(row, 'TransactionId');
  if (transactionId === null) return { code: 206, field: 'TransactionId' };
  const event = findConversion(row, transactionId, events);
  const goal = goals.all().find(({ fields }) => isSameName(fields.Name, row.ConversionName));
  const adjustment = readAdjustment(row, { now, conversionTime: event && getTime(event) });
  if ('code' in adjustment) return adjustment;
  const conversionName = goal === undefined ? adjustment.conversionName : String(goal.fields.Name);
  const currency = adjustment.currency ?? getText(goal?.fields.Revenue, 'CurrencyCode');
  const before = journal.adjustments.find(conversionName, transactionId);
  const outcome: AdjustmentRow['outcome'] =
    goal === undefined
      ? 'GoalNotFoundOrInactive'
      : before?.adjustmentType === 'Retract'
        ? 'ConversionAlreadyRetracted'
        : event === undefined
          ? 'AdjustmentOriginalNotFound'
          : 'Success';
  const at = new Date(now).toISOString();
  const ownCurrency = adjustment.adjustmentType === 'Restate' ? currency : null;
  journal.adjustments.add({ ...adjustment, conversionName, currency: ownCurrency, at, transactionId, outcome });
  return undefined;
}

/** Returns the event that the goal counted, or counted before a retraction. */
function findConversion(row: Fields, transactionId: string, events: readonly JournalEvent[]): JournalEvent | undefined {
  return events.find((event) => {
    const isCounted =
      event.goals.some((name) => isSameName(name, row.ConversionName)) ||
      event.adjustments?.some(({ conversionName }) => isSameName(conversionName, row.ConversionName));
    return isCounted && listReports(event).some((report) => getText(report.event.customData, 'transactionId') === transactionId);
  });
}

const listReports = ({ server, browser }: JournalEvent) => [...server, ...browser].filter((report) => report.void === undefined);

const isSameName = (name: unknown, other: unknown): boolean => String(name).toLowerCase() === String(other).toLowerCase();

/** Returns the time of the conversion, in milliseconds since 1970. */
function getTime(event: JournalEvent): number {
  return Math.min(
    ...listReports(event).map((report) =>
      typeof report.event.eventTime === 'number' ? report.event.eventTime * 1_000 : Date.parse(report.at),
    ),
  );
}
