import { getText, isFields } from '../../kit/fields.ts';
import type { ConversionGoal } from '../journal/conversion-goal.ts';
import { maxRows, rowCodes } from './adjustment-operations.ts';
import { dayMs, readAdjustment } from './adjustment-rules.ts';
import { ApiFault, toPartialErrors } from './api-error.ts';
import { type AccountCall, type AccountOperation, type ApiState, getCustomerId } from './call.ts';
import type { OfflineRow } from './offline-conversions.ts';
import { summarizeGoal } from './offline-report.ts';
import { checkRow, type RowError, readIdentity } from './offline-rules.ts';
import { readId, readItems, readTime } from './read-request.ts';

/**
 * The operations on offline conversions.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/applyofflineconversions (2026-08-17)
 */
export const offlineOperations: readonly AccountOperation[] = [
  {
    method: 'POST',
    path: '/OfflineConversions/Apply',
    isWrite: true,
    run: (call, state) => applyRows(call, 'OfflineConversions', (row) => upload(row, call, state)),
  },
  {
    method: 'POST',
    path: '/OfflineConversionAdjustments/Apply',
    isWrite: true,
    run: (call, state) => applyRows(call, 'OfflineConversionAdjustments', (row) => adjust(row, call, state)),
  },
  {
    method: 'POST',
    path: '/OfflineConversionReport/QueryByGoalIds',
    run(call, state) {
      const [start, end] = [readTime(call.body.StartDateUtc), readTime(call.body.EndDateUtc)];
      if (start === undefined || end === undefined || end < start || end - start > 7 * dayMs) throw new ApiFault(100);
      const ids = readItems(call.body, 'GoalIds', 20).map((value) => readId(value));
      const goals = listOfflineGoals(call, state).filter(({ id }) => ids.includes(id));
      const rows = state.offline.list().filter(({ at }) => Date.parse(at) >= start && Date.parse(at) <= end);
      return { OfflineGoalConversionSummaries: goals.map((goal) => summarizeGoal(goal, rows)), PartialErrors: [] };
    },
  },
];

function applyRows({ body, fault }: AccountCall, member: string, apply: (row: unknown) => RowError | undefined): object {
  const errors = readItems(body, member, maxRows, rowCodes).flatMap((row, index) => {
    const error = fault?.mode === 'offline-off' ? ({ code: 5613 } as const) : apply(row);
    return error === undefined ? [] : [{ index, ...error }];
  });
  return { PartialErrors: toPartialErrors(errors) };
}

function listOfflineGoals(call: AccountCall, { goals }: ApiState): readonly ConversionGoal[] {
  return goals
    .all()
    .filter(
      ({ customerId, accountId, fields }) =>
        fields.Type === 'OfflineConversion' &&
        customerId === getCustomerId(call) &&
        (fields.Scope === 'Customer' || accountId === call.access.account.id),
    );
}

function findGoal(name: string, call: AccountCall, state: ApiState): ConversionGoal | undefined {
  return listOfflineGoals(call, state).find(
    ({ fields }) => fields.Status === 'Active' && String(fields.Name).toLowerCase() === name.toLowerCase(),
  );
}

function upload(row: unknown, call: AccountCall, state: ApiState): RowError | undefined {
  if (!isFields(row)) return { code: 5603 };
  const name = getText(row, 'ConversionName');
  if (name === null) return { code: 5605, field: 'ConversionName' };
  const goal = findGoal(name, call, state);
  if (goal === undefined && call.fault?.mode !== 'silent-name') return { code: 5606, field: 'ConversionName' };
  const identity = readIdentity(row);
  if ('code' in identity) return identity;
  const checked = checkRow(row, identity, { now: call.now, goal, clicks: state.journal.clicks });
  if ('code' in checked) return checked;
  const key = {
    accountId: call.access.account.id,
    conversionName: name,
    conversionTime: String(row.ConversionTime),
    ...identity,
  };
  const outcome: OfflineRow['outcome'] =
    goal === undefined
      ? 'GoalNotFoundOrInactive'
      : state.offline.find(key) !== undefined
        ? 'DuplicateConversionKey'
        : checked.click === undefined
          ? 'NoMatchingClickFound'
          : 'Success';
  const { ConversionValue: value, ConversionCurrencyCode: currency } = row;
  const revenue = isFields(goal?.fields.Revenue) ? goal.fields.Revenue : {};
  state.offline.add({
    kind: 'conversion',
    at: new Date(call.now).toISOString(),
    goalId: goal?.id ?? null,
    ...key,
    value: typeof value === 'number' ? value : typeof revenue.Value === 'number' ? revenue.Value : null,
    currency: typeof currency === 'string' ? currency : getText(revenue, 'CurrencyCode'),
    outcome,
    isRetracted: false,
  });
  return undefined;
}

function adjust(row: unknown, call: AccountCall, { offline, ...state }: ApiState): RowError | undefined {
  const { now } = call;
  if (call.fault?.mode === 'adjustments-off') return { code: 5627 };
  if (!isFields(row)) return { code: 5603 };
  const name = getText(row, 'ConversionName');
  if (name === null) return { code: 5605, field: 'ConversionName' };
  const goal = findGoal(name, call, { offline, ...state });
  if (goal === undefined && call.fault?.mode !== 'silent-name') return { code: 5606, field: 'ConversionName' };
  const identity = readIdentity(row);
  if ('code' in identity) return identity;
  const conversionTime = readTime(row.ConversionTime);
  if (conversionTime === undefined) return { code: 5607, field: 'ConversionTime' };
  if (now - conversionTime > 90 * dayMs) return { code: 5609, field: 'ConversionTime' };
  const adjustment = readAdjustment(row, { now, conversionTime });
  if ('code' in adjustment) return adjustment;
  const key = { accountId: call.access.account.id, conversionTime: String(row.ConversionTime), ...identity };
  const original = offline.findExactly({ ...key, conversionName: name });
  const outcome =
    original === undefined ? 'AdjustmentOriginalNotFound' : original.isRetracted ? 'ConversionAlreadyRetracted' : 'Success';
  offline.add({
    kind: 'adjustment',
    at: new Date(now).toISOString(),
    goalId: goal?.id ?? null,
    ...key,
    ...adjustment,
    ...(adjustment.adjustmentType === 'Restate' && { currency: adjustment.currency ?? original?.currency ?? null }),
    outcome,
  });
  if (original === undefined || outcome !== 'Success') return undefined;
  const { value, currency, adjustmentType } = adjustment;
  const isRetraction = adjustmentType === 'Retract';
  const restated = isRetraction ? {} : { value, currency: currency ?? original.currency };
  offline.replace(original, { ...original, ...restated, isRetracted: isRetraction });
  return undefined;
}
