import { dayMs } from '../../event/units.ts';
import { registerTag } from '../kit/browser-tag.ts';
import { defineDestination } from '../kit/define-destination.ts';
import { standardNames } from './event-names.ts';
import { map } from './map.ts';
import { matching } from './matching.ts';
import { payload } from './payload.ts';
import { settings } from './settings.ts';
import { setup } from './setup.ts';
import { skipTexts } from './skip-texts.ts';
import { tag } from './tag.ts';
import { whyNot } from './why-not.ts';
import { decode, decodeBody, encode, probe } from './wire.ts';

/** Pinterest, through its API for Conversions. */
export const pinterest = defineDestination({
  id: 'pinterest',
  name: 'Pinterest',
  summary: 'Counts conversions of ads on Pinterest, through the API for Conversions.',
  source: { url: 'https://github.com/pinterest/api-description', checked: '2025-12-11' },
  settings,
  payload,
  eventNames: standardNames,
  // Pinterest takes 1,000 events, and looks at 20 in the test mode. One malformed event refuses the whole request, and a smaller batch is
  // bisected sooner: 200 is an assumption. The body's limit and the age are assumptions, too.
  limits: ({ testMode }) => ({ batchSize: testMode === 'on' ? 20 : 200, batchBytes: 1_000_000, maxAgeMs: 7 * dayMs }),
  map,
  encode,
  decode,
  unpack: decodeBody,
  probe,
  matching,
  tag: registerTag(tag),
  setup,
  skipTexts,
  // A synthetic address, which is enough for Pinterest.
  testEvent: () => ({ user: { email: 'test-event@shop.example' }, page: { url: 'https://shop.example/' } }),
  isTest: ({ testMode }) => testMode === 'on',
  whyNot,
});
