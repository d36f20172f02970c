import type { Matching } from '../kit/matching.ts';

/** The identifiers that a receiver may use. It defines what it can match. */
export const matching: Matching = {
  clickIds: [],
  browserIds: [],
  keys: [
    {
      key: 'email',
      label: 'E-mail',
      subject: 'email',
      paths: ['data.identity.forms.emailPlain', 'data.identity.forms.emailGiven'],
      advice: 'Identifies a person in your own systems by hash. Send `user.email` with each event.',
    },
    {
      key: 'phone',
      label: 'Phone',
      subject: 'phone',
      paths: ['data.identity.forms.phoneDigits', 'data.identity.forms.phoneGiven'],
      advice: 'Identifies a person in your own systems by hash. It needs the country code.',
    },
    {
      key: 'external-id',
      label: 'Customer ID',
      subject: 'external-id',
      paths: ['data.identity.externalId'],
      advice: 'Identifies a customer by the hash of `user.externalId`.',
    },
    {
      key: 'visitor',
      label: 'Visitor ID',
      subject: 'visitor',
      paths: ['data.identity.anonymousId'],
      advice: 'Connects the events of one browser. The pixel provides it.',
    },
  ],
  isEnough: () => true,
  harmless: [
    'type',
    'timestamp',
    'data.name',
    'data.id',
    'data.time',
    'data.receivedAt',
    'data.site',
    'data.source',
    'data.sources.*',
    'data.consent.*',
    'data.page.url',
    'data.page.referrer',
    'data.page.title',
    'data.page.keywords',
    'data.page.browserTags.*',
    'data.commerce.*',
    'data.commerce.items.*.*',
    'data.commerce.hotel.*',
    'data.goal.*',
  ],
};
