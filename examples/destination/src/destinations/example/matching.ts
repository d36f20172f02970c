import type { Matching } from '../kit/matching.ts';
import { identifiers } from './page-identifiers.ts';

/** @source https://ads.example/docs/matching (2026-11-24) */
export const matching: Matching = {
  ...identifiers,
  keys: [
    {
      key: 'email',
      label: 'E-mail',
      subject: 'email',
      paths: ['email'],
      advice: 'Example Ads finds its members by e-mail. Send `user.email` with each event.',
    },
    {
      key: 'click',
      label: 'Click ID',
      subject: 'click-id',
      source: 'exclid',
      paths: ['click'],
      advice: 'Connects the event with the click on the ad. Let `exclid` reach your landing pages.',
    },
    {
      key: 'visitor',
      label: 'Visitor ID',
      subject: 'visitor',
      paths: ['visitor'],
      advice: 'Connects the events of one browser. The pixel provides it.',
    },
  ],
  // `map` skips events without a key.
  isEnough: () => true,
  harmless: ['event_id', 'event', 'at'],
};
