import { dayMs, hourMs } from '../../event/units.ts';
import type { Payload } from './payload.ts';
import type { Settings } from './settings.ts';

/**
 * Adjusts conversions that events were counted as, by the name of the goal and the transaction id of the event. Microsoft names no limits of
 * age and rate here: 90 days and 24 hours are assumptions, and so is that events of the Conversions API can be adjusted.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/applyonlineconversionadjustments (2026-08-17)
 */
export const adjustments = {
  maxAgeMs: 90 * dayMs,
  goals: ({ adjustGoals }: Settings): readonly string[] => adjustGoals,
  afterMs: ({ adjustAfterHours }: Settings): number => adjustAfterHours * hourMs,
  target: ({ customData }: Payload): string | undefined => customData?.transactionId,
};
