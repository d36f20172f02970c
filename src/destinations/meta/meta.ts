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

/** Meta (Facebook and Instagram), through its Conversions API. */
export const meta = defineDestination({
  id: 'meta',
  name: 'Meta',
  summary: 'Counts conversions of ads on Facebook and Instagram, through the Conversions API.',
  source: { url: 'https://developers.facebook.com/docs/marketing-api/conversions-api', checked: '2026-09-12' },
  settings,
  payload,
  eventNames: standardNames,
  // Meta documents 1,000 events and 7 days. One bad event refuses the whole request, and a smaller batch is bisected sooner: 100 is an
  // assumption. Meta documents no limit of the body, so 950 kB is one too.
  limits: () => ({ batchSize: 100, batchBytes: 950_000, maxAgeMs: 7 * dayMs }),
  map,
  encode,
  decode,
  unpack: decodeBody,
  probe,
  matching,
  tag: registerTag(tag),
  setup,
  skipTexts,
  // Convey adds a visitor id, which is enough. A test event counts, whatever the test code.
  // Meta asks for both with each event of a website.
  testEvent: () => ({
    user: { userAgent: 'Mozilla/5.0 (compatible; Convey test event)' },
    page: { url: 'https://shop.example/' },
  }),
  whyNot,
});
