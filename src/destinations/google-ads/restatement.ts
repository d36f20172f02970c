import type { EnrichedEvent } from '../../event/event.ts';
import { dayMs } from '../../event/units.ts';
import type { MapResult } from '../kit/destination.ts';
import { map } from './map.ts';
import type { Payload } from './payload.ts';
import type { Settings } from './settings.ts';

/**
 * Restates the value of a conversion. The API has no type of adjustment: an event with the transaction id of a conversion of the same action
 * replaces its value and currency, and needs an identifier like any other event. Other fields are ignored, so the items are left out. An event
 * that matches no conversion makes a new one, so only confirmed purchases are restated, and only at the action that counted them. The API
 * cannot take a conversion back.
 * @source https://developers.google.com/data-manager/api/devguides/events/google-ads/conversion-adjustments (2026-08)
 * @source https://support.google.com/adwords/answer/7686447 (2026-12-02)
 */
export const restatement = {
  // The page of the API names no limit; Google's help says up to 45 days after the conversion was recorded.
  maxAgeMs: 45 * dayMs,
  map(purchase: EnrichedEvent, settings: Settings): MapResult<Payload> {
    const { items: _, ...commerce } = purchase.commerce;
    return map({ ...purchase, commerce }, settings);
  },
  target: ({ productDestinationId }: Payload): string => productDestinationId,
};
