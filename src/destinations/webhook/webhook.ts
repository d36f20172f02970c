import { dayMs } from '../../event/units.ts';
import { defineDestination } from '../kit/define-destination.ts';
import { map } from './map.ts';
import { matching } from './matching.ts';
import { payload } from './payload.ts';
import { settings } from './settings.ts';
import { setup } from './setup.ts';
import { skipTexts } from './skip-texts.ts';
import { whyNot } from './why-not.ts';
import { decode, decodeBody, encode, nameMessage, probe } from './wire.ts';

/** An operator's own receiver, by signed webhooks. */
export const webhook = defineDestination({
  id: 'webhook',
  name: 'Webhook',
  noun: 'receiver',
  summary: 'Sends each event to a server of your own, signed by the rules of Standard Webhooks.',
  source: {
    url: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
    checked: '2026-08-17',
  },
  settings,
  payload,
  // A message has one event. Its size and age are not limited by Standard Webhooks, which advises less than 20 kB: both are assumptions.
  limits: () => ({ batchSize: 1, batchBytes: 1_000_000, maxAgeMs: 7 * dayMs }),
  map,
  encode,
  sign: {
    scheme: 'standard-webhooks',
    secrets: ({ secrets }) => secrets,
    nameMessage,
  },
  decode,
  unpack: decodeBody,
  probe,
  matching,
  setup,
  skipTexts,
  testEvent: () => ({}),
  whyNot,
});
