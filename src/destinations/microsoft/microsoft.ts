import { dayMs } from '../../event/units.ts';
import { registerTag } from '../kit/browser-tag.ts';
import { defineDestination } from '../kit/define-destination.ts';
import { adjustments } from './adjustments.ts';
import { standardNames } from './event-names.ts';
import { mapLatePurchase } from './late-purchase.ts';
import { map } from './map.ts';
import { matching } from './matching.ts';
import { payload } from './payload.ts';
import { settings } from './settings.ts';
import { setup } from './setup.ts';
import { skipTexts } from './skip-texts.ts';
import { tag } from './tag.ts';
import { whyNot } from './why-not.ts';
import { decode, decodeBody, encode, probe } from './wire.ts';

/** Microsoft Advertising, through its UET Conversions API. */
export const microsoft = defineDestination({
  id: 'microsoft',
  name: 'Microsoft Advertising',
  summary: "Counts conversions of ads on Bing and Microsoft's network, through the UET Conversions API.",
  source: { url: 'https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration', checked: '2026-08-04' },
  settings,
  payload,
  eventNames: standardNames,
  // Microsoft documents 1,000 events and 7 days. It documents no limit of the body, so 900 kB is an assumption.
  limits: () => ({ batchSize: 1_000, batchBytes: 900_000, maxAgeMs: 7 * dayMs }),
  map,
  encode,
  decode,
  unpack: decodeBody,
  probe,
  adjustments,
  matching,
  tag: registerTag(tag),
  setup,
  skipTexts,
  late: {
    isOn: ({ latePurchases }) => latePurchases === 'on',
    maxAgeMs: 90 * dayMs,
    adjustAfterMs: adjustments.afterMs,
    map: mapLatePurchase,
  },
  testEvent: () => ({}),
  whyNot,
});
