import { dayMs } from '../../event/units.ts';
import { registerTag } from '../kit/browser-tag.ts';
import { defineDestination } from '../kit/define-destination.ts';
import { map } from './map.ts';
import { matching } from './matching.ts';
import { payload } from './payload.ts';
import { settings } from './settings.ts';
import { setup } from './setup.ts';
import { skipTexts } from './skip-texts.ts';
import { tag } from './tag.ts';
import { whyNot } from './why-not.ts';
import { decode, encode, probe, unpack } from './wire.ts';

/** Example Ads, through its events API. */
export const example = defineDestination({
  id: 'example',
  name: 'Example Ads',
  summary: 'Counts conversions of ads on Example, through the events API.',
  source: { url: 'https://ads.example/docs/events', checked: '2026-11-24' },
  settings,
  payload,
  limits: () => ({ batchSize: 500, batchBytes: 500_000, maxAgeMs: 7 * dayMs }),
  map,
  encode,
  decode,
  unpack,
  probe,
  matching,
  tag: registerTag(tag),
  setup,
  skipTexts,
  // Convey adds a visitor id, which is enough.
  testEvent: () => ({}),
  isTest: ({ mode }) => mode === 'test',
  whyNot,
});
