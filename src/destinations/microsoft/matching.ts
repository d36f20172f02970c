import { z } from 'zod';
import type { Matching } from '../kit/matching.ts';
import { identifiers } from './page-identifiers.ts';
import { identifierFields } from './payload.ts';

const hasIdentifier = z.lazy(() =>
  z.object({
    userData: z.record(z.string(), z.unknown()).refine((input) => identifierFields.some((name) => input[name] !== undefined)),
  }),
);

/** The identifiers of Microsoft Advertising. */
export const matching: Matching = {
  ...identifiers,
  keys: [
    {
      key: 'msclkid',
      label: 'Click ID',
      subject: 'click-id',
      source: 'msclkid',
      paths: ['userData.msclkid'],
      advice: 'Identifies the ad click. The most reliable key.',
    },
    {
      key: 'email',
      label: 'E-mail',
      subject: 'email',
      paths: ['userData.em'],
      advice: 'Identifies a person who is signed in at the platform, on any device.',
    },
    {
      key: 'phone',
      label: 'Phone',
      subject: 'phone',
      paths: ['userData.ph'],
      advice: 'Identifies a person who gave the platform this number.',
    },
    {
      key: 'visitor',
      label: 'Visitor',
      subject: 'visitor',
      paths: ['userData.anonymousId'],
      advice: 'Connects the events of one browser.',
    },
    {
      key: 'external-id',
      label: 'Customer ID',
      subject: 'external-id',
      paths: ['userData.externalId'],
      advice: 'Connects the events of one customer across browsers.',
    },
    {
      key: 'address',
      label: 'IP address',
      subject: 'address',
      paths: ['userData.clientIpAddress'],
      advice: 'Supports the other keys. Not sufficient alone.',
    },
    {
      key: 'agent',
      label: 'User agent',
      subject: 'agent',
      paths: ['userData.clientUserAgent'],
      advice: 'Supports the other keys. Not sufficient alone.',
    },
  ],
  isEnough: (payload) => hasIdentifier.safeParse(payload).success,
  harmless: [
    'eventType',
    'eventTime',
    'eventId',
    'eventName',
    'eventSourceUrl',
    'pageLoadId',
    'referrerUrl',
    'pageTitle',
    'keywords',
    'adStorageConsent',
    'customData.*',
    'customData.items.*.*',
    'customData.itemIds.*',
    'customData.hotelData.*',
  ],
};
