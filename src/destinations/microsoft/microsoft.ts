import { dayMs } from '../../event/units.ts';
import { defineDestination } from '../kit/define.ts';
import { map } from './map.ts';
import { standardNames } from './names.ts';
import { payload } from './payload.ts';
import { settings } from './settings.ts';
import { decode, encode, probe, unpack } from './wire.ts';

/** Microsoft Advertising, through its UET Conversions API. */
export const microsoft = defineDestination({
  id: 'microsoft',
  name: 'Microsoft Advertising',
  source: { url: 'https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration', checked: '2026-08-04' },
  settings,
  payload,
  // Microsoft states 1,000 events and 7 days; of the body's size it says nothing, so 900 kB is an assumption.
  limits: { batchSize: 1_000, batchBytes: 900_000, maxAgeMs: 7 * dayMs },
  map,
  encode,
  decode,
  unpack,
  probe,
});

/**
 * What the browser's UET tag has to call each event so that Microsoft merges it with ours: by canonical name, or by a renamed
 * custom event's name in lower case. A custom event that is not listed keeps its own name.
 * @param given a connection's settings, in any form that `connect` takes.
 */
export function tagEventNames(given: unknown): Readonly<Record<string, string>> {
  const parsed = settings.safeParse(given);
  return { ...standardNames, ...(parsed.success && parsed.data.eventNames) };
}
