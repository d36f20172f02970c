import type { Consent } from '../../event/consent.ts';
import { buildEvent, createSha256, start } from '../delivery.fixture.ts';

/** Two reports of one purchase that differ in every part, and the consents that a report can have. */

export const granted: Consent = { stated: 'granted', effective: 'granted', source: 'call' };
export const denied: Consent = { stated: 'denied', effective: 'denied', source: 'gpc' };
export const assumedGranted: Consent = { stated: 'unknown', effective: 'granted' };
export const assumedDenied: Consent = { stated: 'unknown', effective: 'denied' };
export const pending: Consent = { stated: 'unknown', effective: 'pending' };

export const browser = buildEvent('ord-1', {
  name: 'Purchase',
  reporter: 'browser',
  time: start,
  receivedAt: start + 1,
  page: { url: 'https://shop.example/thanks', title: 'Thanks', loadId: 'view-1' },
  client: { ip: '198.18.0.1', userAgent: 'Browser/1', country: 'DE' },
  identity: {
    forms: { emailMicrosoft: createSha256('a'), phoneE164: createSha256('b') },
    externalId: createSha256('c'),
    anonymousId: 'visitor-browser',
    browserIds: { _uetvid: 'browser-vid', _fbp: 'browser-fbp' },
    clickIds: { msclkid: { value: 'browser-click', at: start } },
    idfa: 'browser-idfa',
  },
  commerce: { value: 1, currency: 'USD', orderId: 'browser-order', pageType: 'purchase' },
  goal: { category: 'browser', label: 'browser' },
  properties: { from: 'browser', theme: 'dark' },
  warnings: [{ field: 'page.keywords', code: 'dropped', message: 'Shorten it.' }],
});
export const server = buildEvent('ord-1', {
  name: 'Purchase',
  reporter: 'server',
  time: start + 5_000,
  receivedAt: start + 9_000,
  page: { url: 'https://shop.example/api', referrer: 'https://search.example/' },
  client: { ip: '198.18.0.2', userAgent: 'Server/1' },
  identity: {
    forms: { emailMicrosoft: createSha256('d'), emailPlain: createSha256('e') },
    externalId: createSha256('f'),
    anonymousId: 'visitor-server',
    browserIds: { _fbp: 'server-fbp' },
    clickIds: { msclkid: { value: 'server-click', at: start + 9 }, gclid: { value: 'server-gclid', at: start } },
    gaid: 'server-gaid',
  },
  commerce: { value: 125.4, currency: 'EUR', items: [{ id: 'sku1', quantity: 1 }] },
  goal: { label: 'server', value: 3 },
  properties: { from: 'server' },
  warnings: [{ field: 'commerce.hotel', code: 'dropped', message: 'Send a date.' }],
});
