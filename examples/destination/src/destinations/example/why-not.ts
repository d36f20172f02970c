import { createWhyNot } from '../kit/counting-conditions.ts';
import type { CheckTexts } from '../kit/why-not.ts';
import type { Payload } from './payload.ts';
import type { Settings } from './settings.ts';

const texts: CheckTexts = {
  platform: 'Example Ads',
  troubleshooting: 'example-troubleshooting',
  skipSections: { 'consent-denied': 'skipped-events', 'no-identifier': 'skipped-events' },
  connectionSections: [{ pattern: /token/, hash: 'the-token-is-refused' }],
};

const noConversion = { slug: texts.troubleshooting, hash: 'delivered-but-no-conversion' };

/** Checks why an event is not in Example Ads, in the order in which to look. */
export const whyNot = createWhyNot<Pick<Settings, 'mode'>, Payload>(texts, [
  ({ mode }) => ({
    title: 'The connection is in the mode that counts',
    answer: mode === 'live' ? 'yes' : 'no',
    message: mode === 'live' ? 'The mode is `live`.' : 'In the mode `test` no event counts. Set `mode` to `live`.',
  }),
  { check: 'click-id', key: 'click', read: ({ click }) => click, guide: noConversion },
]);
