import { type Check, type CheckTexts, checkEvent, type DeliveryHistory } from '../kit/why-not.ts';
import type { Settings } from './settings.ts';

const texts: CheckTexts = {
  platform: 'Example Ads',
  troubleshooting: 'example-troubleshooting',
  skipSections: { 'consent-denied': 'skipped-events', 'no-identifier': 'skipped-events' },
  connectionSections: [{ pattern: /token/, hash: 'the-token-is-refused' }],
};

/** Checks why an event is not in Example Ads, in the order in which to look. */
export function whyNot(history: DeliveryHistory, { mode }: Pick<Settings, 'mode'>): readonly Check[] {
  return checkEvent(history, texts, () => [
    {
      title: 'The connection is in the mode that counts',
      answer: mode === 'live' ? 'yes' : 'no',
      message: mode === 'live' ? 'The mode is `live`.' : 'In the mode `test` no event counts. Set `mode` to `live`.',
    },
  ]);
}
