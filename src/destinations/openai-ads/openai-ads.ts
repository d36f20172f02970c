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

/** ChatGPT ads of OpenAI, through the Conversions API. */
export const openaiAds = defineDestination({
  id: 'openai-ads',
  name: 'ChatGPT ads',
  summary: 'Counts conversions of ads in ChatGPT, through the Conversions API of OpenAI.',
  source: { url: 'https://developers.openai.com/ads/conversions-api', checked: '2026-09-11' },
  settings,
  payload,
  eventNames: standardNames,
  // OpenAI documents 1,000 events and 7 days. One bad event refuses the whole request, and a smaller batch is bisected sooner: 100 is an
  // assumption. OpenAI documents no limit of the body, so 1 MB is one too.
  limits: () => ({ batchSize: 100, batchBytes: 1_000_000, maxAgeMs: 7 * dayMs }),
  map,
  encode,
  decode,
  unpack: decodeBody,
  probe,
  matching,
  tag: registerTag(tag),
  setup,
  skipTexts,
  // The customer id is synthetic. It is an identifier, without which the event would be skipped.
  testEvent: () => ({ user: { externalId: 'convey-test' }, page: { url: 'https://shop.example/' } }),
  isTest: ({ mode }) => mode === 'validate',
  whyNot,
});
