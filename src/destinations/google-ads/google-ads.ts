import { dayMs } from '../../event/units.ts';
import { registerAccountLink } from '../kit/account-link.ts';
import { registerTag } from '../kit/browser-tag.ts';
import { defineDestination } from '../kit/define-destination.ts';
import { accountLink } from './account-link.ts';
import { auth } from './auth.ts';
import { map } from './map.ts';
import { matching } from './matching.ts';
import { payload } from './payload.ts';
import { receipt } from './receipt.ts';
import { encode, encodeProbe, group, unpack } from './request.ts';
import { restatement } from './restatement.ts';
import { type Settings, settings } from './settings.ts';
import { setup } from './setup.ts';
import { skipTexts } from './skip-texts.ts';
import { tag } from './tag.ts';
import { whyNot } from './why-not.ts';
import { decode, decodeProbe } from './wire.ts';

/**
 * Google documents 2,000 events. Its verdict does not name events, so those of a request that was refused in part are sent again one by one: 100
 * is an assumption. A batch from which each purchase leaves for a request of its own is planned anew for each of them, so it is smaller.
 */
const batchSizes = { 'all-alone': 1, 'purchases-alone': 20, shared: 100 } as const satisfies Record<Settings['requests'], number>;

/** Google Ads, through the Data Manager API. */
export const googleAds = defineDestination({
  id: 'google-ads',
  name: 'Google Ads',
  summary: 'Counts conversions of ads on Google, through the Data Manager API.',
  source: { url: 'https://developers.google.com/data-manager/api', checked: '2026-08-18' },
  settings,
  payload,
  // Google documents no limit of the body (900 kB is assumed), and no age: click ids live 90 days, and actions count 30 days by default.
  limits: ({ requests }) => ({ batchSize: batchSizes[requests], batchBytes: 900_000, maxAgeMs: 30 * dayMs }),
  map,
  restatement,
  group,
  encode,
  decode,
  unpack,
  auth,
  receipt,
  probe: { encode: encodeProbe, decode: decodeProbe },
  matching,
  tag: registerTag(tag),
  accountLink: registerAccountLink(accountLink),
  setup,
  skipTexts,
  // An invented click is enough: Google only checks a test event.
  testEvent: () => ({ clickIds: { gclid: 'Cj0KCQ.convey-test' } }),
  isTest: ({ mode }) => mode === 'validate',
  whyNot,
});
