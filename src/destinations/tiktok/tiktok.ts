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

/** TikTok, through its Events API. */
export const tiktok = defineDestination({
  id: 'tiktok',
  name: 'TikTok',
  summary: 'Counts conversions of ads on TikTok, through the Events API.',
  source: { url: 'https://business-api.tiktok.com/portal/docs?id=1771101303285761', checked: '2026-08-10' },
  settings,
  payload,
  eventNames: standardNames,
  // TikTok documents 1,000 events. It documents neither the size of a body nor the age of a web event, so 900 kB and 7 days are assumptions.
  // TikTok forgets an event after 48 hours: if its pixel reported the event, a later copy would count again.
  limits: ({ browserTag }) => ({
    batchSize: 1_000,
    batchBytes: 900_000,
    maxAgeMs: browserTag === 'on' ? 2 * dayMs : 7 * dayMs,
  }),
  map,
  encode,
  decode,
  unpack: decodeBody,
  probe,
  matching,
  tag: registerTag(tag),
  setup,
  skipTexts,
  // A test event of the server has a customer id, but no page.
  testEvent: () => ({
    user: { userAgent: 'Mozilla/5.0 (compatible; Convey test event)', externalId: 'convey-test' },
    page: { url: 'https://shop.example/' },
  }),
  // TikTok does not document whether events with a test code count. That they do not is an assumption.
  isTest: ({ testEventCode }) => testEventCode !== undefined,
  whyNot,
});
