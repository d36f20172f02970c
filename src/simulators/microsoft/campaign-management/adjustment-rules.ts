import type { Fields } from '../../kit/fields.ts';
import type { Adjustment } from '../journal/adjustment-row.ts';
import type { ErrorCode } from './api-error.ts';
import { isCurrency, readTime } from './read-request.ts';

export const dayMs = 86_400_000;
const maxValue = 999_999_999_999;

/** Returns whether a value may be sent: absent, or not negative with at most three decimals. */
export function isValue(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'number' && value >= 0 && value <= maxValue && /^\d+(\.\d{1,3})?$/.test(String(value));
}

interface AdjustedConversion {
  readonly now: number;
  /** Milliseconds since 1970; undefined if the conversion is unknown. */
  readonly conversionTime: number | undefined;
}

/**
 * Returns the code that refuses an adjustment, or the adjustment.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/onlineconversionadjustment (2026-08-17)
 */
export function readAdjustment(
  row: Fields,
  { now, conversionTime }: AdjustedConversion,
): { readonly code: ErrorCode; readonly field: string } | Adjustment {
  const { ConversionName: name, AdjustmentType: type, AdjustmentTime: sentTime } = row;
  const { AdjustmentValue: value = null, AdjustmentCurrencyCode: currency = null } = row;
  if (typeof name !== 'string' || name === '') return { code: 5605, field: 'ConversionName' };
  if (type !== 'Restate' && type !== 'Retract') return { code: 5618, field: 'AdjustmentType' };
  if (sentTime === null || sentTime === undefined || sentTime === '') return { code: 5619, field: 'AdjustmentTime' };
  const time = readTime(sentTime);
  if (time === undefined) return { code: 5621, field: 'AdjustmentTime' };
  if (time > now) return { code: 5622, field: 'AdjustmentTime' };
  if (conversionTime !== undefined && time < conversionTime) return { code: 5620, field: 'AdjustmentTime' };
  if (time - (conversionTime ?? now) > 90 * dayMs || now - time > 90 * dayMs) return { code: 5623, field: 'AdjustmentTime' };
  if (type === 'Retract' && value !== null) return { code: 5624, field: 'AdjustmentValue' };
  if (type === 'Restate' && value === null) return { code: 5625, field: 'AdjustmentValue' };
  if (!isValue(value)) return { code: 5616, field: 'AdjustmentValue' };
  if (currency !== null && !isCurrency(currency)) return { code: 5626, field: 'AdjustmentCurrencyCode' };
  return {
    conversionName: name,
    adjustmentType: type,
    adjustmentTime: String(sentTime),
    value: typeof value === 'number' ? value : null,
    currency: typeof currency === 'string' ? currency : null,
  };
}
