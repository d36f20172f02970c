import { missingReasons } from '../../event/missing-match-keys.ts';
import { describeGap } from '../../event/order-accuracy.ts';
import { dayMs } from '../../event/units.ts';
import type { BodyOf, ResponseOf, RouteKey } from '../routes.ts';

/** What the reference shows of a route. */
export interface Example<A extends RouteKey> {
  readonly body?: BodyOf<A>;
  readonly answer?: ResponseOf<A>;
}

const at = 1_795_514_398_000;

const purchase = {
  site: 'shop',
  offset: '0000000000000042',
  name: 'Purchase',
  id: 'ord-1001',
  reporter: 'browser',
  time: at,
  receivedAt: at + 400,
  consent: { stated: 'granted', effective: 'granted', source: 'gcm' },
  keys: ['anonymousId', 'emailMicrosoft', 'msclkid', 'ip', 'userAgent'],
  page: { url: 'https://shop.example/thanks', loadId: '4f6d1c0e-6a53-4c19-9d53-7d9d7c1b2a10', browserTag: 'ran' },
  commerce: {
    value: 125.4,
    currency: 'USD',
    orderId: '1001',
    items: [{ id: 'sku1', price: 62.7, quantity: 2 }],
  },
  warnings: [],
} as const;

const copy = {
  ...purchase,
  offset: '0000000000000043',
  reporter: 'server',
  receivedAt: at + 2_100,
  keys: ['emailMicrosoft', 'phoneE164'],
  page: {},
} as const;

const delivered = { connection: 'bing', outcome: 'delivered', says: 'Delivered.', issues: [] } as const;

const noClick = { reason: 'no-click', events: 12, ...missingReasons.msclkid['no-click'] };

const shares = {
  delivered: 40,
  keys: [
    { key: 'msclkid', events: 28, share: 0.7, missing: [noClick] },
    { key: 'email', events: 40, share: 1, missing: [] },
  ],
} as const;

const sums = { orders: 128, accepted: 121, explained: 5, missing: 2, share: 126 / 128 };

const judged = { state: 'fine', since: '2026-11-17', until: '2026-11-23', orders: 117, share: 116 / 117 } as const;

const ordersOf = {
  site: 'shop',
  since: '2026-11-17',
  until: '2026-11-24',
  hasWebhooks: true,
  alertUnder: 0.9,
  keptSince: at - 8 * 86_400_000,
  unknownToShop: 4,
} as const;

const exportFile = {
  id: '5b0c9d1e7f2a4c38',
  askedBy: 'shop',
  madeAt: at,
  keptUntil: at + 30 * dayMs,
  bytes: 14_720,
} as const;

const cursor = 'WyJldmVudHMiLCIwMDAwMDAwMDAwMDAwMDQyIl0';

const ofShop = {
  id: 'shop',
  name: 'The shop',
  origin: 'dashboard',
  revision: '5d81d9f49e510d48',
  domains: ['shop.example'],
  platform: 'custom',
  writeKey: 'wk_shop_example',
  oldWriteKeys: [{ key: 'wk_shop_before', retiredAt: at }],
  secretKeys: [{ id: '906f86078780', createdAt: at }],
  consent: { policy: 'regional' },
  defaultCountry: 'US',
  defaultCurrency: 'USD',
  bots: 'drop',
  uet: {
    mode: 'attach',
    tagId: '187012345',
    script: 'https://bat.bing.com/bat.js',
    queue: 'uetq',
    idSync: 'https://c.bing.com/c.gif',
  },
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  webhooks: { secrets: [{ id: '7f2a4c385b0c', createdAt: at }], purchaseOn: 'create' },
  accuracy: { alertUnder: 0.9 },
  pixel: { url: 'https://data.shop.example/p.js?k=wk_shop_example', isGuess: false },
  connections: [
    {
      id: 'bing',
      destination: 'microsoft',
      origin: 'dashboard',
      enabled: true,
      settings: { tagId: '187012345', pageLoads: 'auto', whenDenied: 'skip', events: 'all', eventNames: {}, itemId: '{id}' },
      secrets: ['token'],
      isLive: true,
    },
  ],
} as const;

/** One answer of each route. */
export const examples: { readonly [A in RouteKey]: Example<A> } = {
  'GET /api/status': {
    answer: {
      version: '0.1.0',
      startedAt: at,
      log: { writable: true, records: 1_204, bytes: 1_605_632 },
      collectorUrl: 'https://data.shop.example',
      sites: [
        {
          id: 'shop',
          name: 'The shop',
          connections: ['bing'],
          browserBudget: {
            visitors: { used: 812, limit: 200_000 },
            links: { used: 96, limit: 400_000 },
            purchases: { used: 3, limit: 10_000 },
          },
        },
      ],
    },
  },
  'POST /api/backup': {},
  'GET /api/connections': {
    answer: [
      {
        site: 'shop',
        id: 'bing',
        destination: 'microsoft',
        health: 'healthy',
        says: 'Delivering.',
        counts: { delivered: 1_190, 'consent-denied': 13, dead: 1, waiting: 0 },
        inDoubt: 0,
        lag: { events: 3, ms: 1_800 },
        waiting: 0,
        deadLetters: 1,
        undeliveredSince: at - 1_800,
        replay: { since: at - 86_400_000, until: at, passed: 600, sent: 12 },
      },
    ],
  },
  'POST /api/sites/:site/connections/:connection/:action': {
    answer: { says: 'The platform accepts the credential.', ok: true },
  },
  'GET /api/sites/:site/match-quality': {
    answer: [
      {
        site: 'shop',
        connection: 'bing',
        since: '2026-10-28',
        until: '2026-11-24',
        all: shares,
        events: [{ name: 'Purchase', ...shares }],
      },
    ],
  },
  'GET /api/accuracy': { answer: [{ ...ordersOf, connections: [{ connection: 'bing', ...sums, alert: judged }] }] },
  'GET /api/sites/:site/accuracy': {
    answer: {
      ...ordersOf,
      connections: [
        {
          connection: 'bing',
          destination: 'microsoft',
          ...sums,
          noted: 3,
          notCounted: { 'test-order': 1 },
          gaps: [
            { gap: 'rejected', orders: 2, ...describeGap('rejected') },
            { gap: 'consent-denied', orders: 5, ...describeGap('consent-denied') },
          ],
          days: [
            { day: '2026-11-24', orders: 11, accepted: 10, explained: 1, missing: 0, share: 1, gaps: { 'consent-denied': 1 } },
          ],
          alert: judged,
        },
      ],
    },
  },
  'GET /api/sites/:site/accuracy/orders': {
    answer: {
      orders: [
        {
          orderId: '1001',
          eventId: 'purchase-1001',
          time: at,
          receivedAt: at + 400,
          reporters: ['browser', 'webhook'],
          standings: { bing: 'accepted' },
        },
      ],
      next: cursor,
    },
  },
  'POST /api/sites/:site/send-test': { answer: { eventId: 'test-0b9f3c5e-54f0-4d0e-8a52-0e6f5a3a9d11' } },
  'GET /api/sites/:site/events': {
    answer: { events: [{ ...purchase, outcomes: [delivered] }], next: cursor, through: purchase.offset },
  },
  'GET /api/sites/:site/timelines': {
    answer: [
      {
        event: purchase,
        copies: [copy],
        recalled: [{ key: 'clickIds.msclkid', from: 'visitor' }],
        missing: [
          {
            key: 'phone',
            says: 'The e-mail address is known, but no phone number was sent.',
            remedy: 'If the checkout asks for one, send it as `user.phone`, or with `identify`.',
          },
        ],
        connections: [
          {
            ...delivered,
            attempts: [
              {
                id: '7b1f5f0e-1f0e-4b43-9a0b-6a8f0d2f4c55',
                startedAt: at + 3_000,
                events: 1,
                bodySha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
                request: {
                  method: 'POST',
                  url: 'https://capi.uet.microsoft.com/v1/187012345/events',
                  headers: { authorization: 'Bearer ***', 'content-type': 'application/json' },
                  body: '{"data":[{"eventId":"ord-1001","eventName":"purchase","eventType":"custom"}]}',
                },
                payload: { eventId: 'ord-1001', eventName: 'purchase', eventType: 'custom' },
                result: 'delivered',
                status: 200,
                answer: '{"eventsReceived":1}',
                issues: [],
              },
            ],
          },
        ],
      },
    ],
  },
  'GET /api/sites/:site/seen': {
    answer: [{ address: 'public', network: '203.0.113.0/24', country: 'US', bot: true }],
  },
  'GET /api/sites/:site/rejections': {
    answer: {
      rejections: [
        {
          receivedAt: at,
          name: 'Purchase',
          reporter: 'server',
          issues: [
            {
              field: 'time',
              code: 'too-old',
              message: 'Must be at most 7 days old, because platforms accept no older events. Send events sooner.',
            },
          ],
        },
      ],
    },
  },
  'GET /api/sites/:site/dead-letters': {
    answer: {
      deadLetters: [
        {
          connection: 'bing',
          cause: 'rejected',
          issues: [{ field: 'userData.em', code: 'InvalidSha256', message: 'Must be 64 lower-case hexadecimal digits.' }],
          at,
          offset: '0000000000000017',
          eventName: 'Lead',
          eventId: 'lead-7',
        },
        {
          connection: 'bing',
          cause: 'expired',
          issues: [
            {
              field: 'time',
              code: 'expired',
              message:
                'These events grew older than `retentionDays.events` before the connection came to them. Look for what kept it from sending; they cannot be sent any more.',
            },
          ],
          at: at - 86_400_000,
          range: { after: '0000000000000003', through: '0000000000000010', events: 7 },
        },
      ],
    },
  },
  'POST /api/sites/:site/erase': {
    body: { email: 'jane@shop.example', dryRun: true },
    answer: {
      dryRun: true,
      events: 3,
      copies: 1,
      signals: 1,
      visitors: 1,
      deadLetters: 0,
      attempts: 2,
      exports: 0,
      received: [{ connection: 'bing', destination: 'microsoft', events: 3, inDoubt: 0, first: at, last: at + 3_000 }],
    },
  },
  'GET /api/sites/:site/erase': { answer: { looked: null } },
  'POST /api/sites/:site/visitors/drop': {
    body: { largerThan: 65_536, dryRun: true },
    answer: { dryRun: true, profiles: 3, bytes: 689_484 },
  },
  'POST /api/sites/:site/export': { body: { email: 'jane@shop.example' }, answer: { ...exportFile, askedBy: 'operator' } },
  'GET /api/exports': { answer: [{ site: 'shop', files: 1 }] },
  'GET /api/sites/:site/exports': { answer: [exportFile] },
  'GET /api/sites/:site/exports/:export': {},
  'DELETE /api/sites/:site/exports/:export': { answer: { ok: true } },
  'GET /api/destinations': {
    answer: [
      {
        id: 'microsoft',
        name: 'Microsoft Advertising',
        source: {
          url: 'https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration',
          checked: '2026-08-04',
        },
        settings: {
          type: 'object',
          properties: { tagId: { title: 'UET tag ID', type: 'string', pattern: '^[1-9]\\d{0,19}$' } },
          required: ['tagId', 'token'],
        },
        secrets: ['token'],
        eventNames: { Purchase: 'purchase', Lead: 'lead' },
      },
    ],
  },
  'GET /api/sites': { answer: [ofShop] },
  'POST /api/sites': {
    body: { id: 'shop', name: 'The shop', domains: ['shop.example'], defaultCurrency: 'USD' },
    answer: { ...ofShop, uet: { ...ofShop.uet, mode: 'off' }, oldWriteKeys: [], secretKeys: [], connections: [] },
  },
  'GET /api/sites/:site': { answer: ofShop },
  'PATCH /api/sites/:site': {
    body: { revision: 'faa6bd9db92ad0f4', uet: { mode: 'attach', tagId: '187012345' } },
    answer: ofShop,
  },
  'DELETE /api/sites/:site': { answer: { ok: true } },
  'POST /api/sites/:site/keys': {
    body: { kind: 'secret' },
    answer: { id: '906f86078780', key: 'sk_wGm2C0pWl8yWn3v5b1rJtq0dXo7Zk4uHs9aFe6iLxyz' },
  },
  'DELETE /api/sites/:site/keys/:key': { answer: { ok: true } },
  'PUT /api/sites/:site/connections/:connection': {
    body: { destination: 'microsoft', settings: { tagId: '187012345', token: 'the token of the tag' } },
    answer: ofShop,
  },
  'POST /api/sites/:site/webhook-secrets': { body: { secret: 'what-the-shop-shows' }, answer: ofShop },
  'DELETE /api/sites/:site/webhook-secrets/:secret': { answer: ofShop },
  'DELETE /api/sites/:site/connections/:connection': { answer: { ...ofShop, connections: [] } },
  'POST /api/sites/:site/try-connection': {
    body: { connection: 'bing', destination: 'microsoft', settings: { tagId: '187012345' } },
    answer: { ok: true, says: 'The platform accepts the credential. No event was sent.', issues: [] },
  },
  'GET /api/sites/:site/checklist': {
    answer: {
      steps: [
        {
          id: 'pixel-seen',
          group: 'pixel',
          title: 'The pixel reports',
          state: 'done',
          says: 'Browsers reported 1,204 events in the last 7 days.',
          at,
          guide: 'guides/add-the-pixel',
        },
        {
          id: 'server-seen',
          group: 'server',
          title: 'The server reports',
          state: 'optional',
          says: "No event of a server came. Browsers lose some purchases: let the shop's server report them too, with a secret key.",
          guide: 'guides/send-from-your-server',
        },
      ],
      firstEventAt: at - 86_400_000,
      events: [{ name: 'PageView', count: 1_100, lastAt: at }],
    },
  },
  'POST /api/sites/:site/doctor': {
    body: { page: 'https://shop.example/' },
    answer: {
      page: 'https://shop.example/',
      events: 200,
      stated: { granted: 120, denied: 60, unknown: 20 },
      silentlyDenied: 20,
      sources: [{ source: 'gcm', granted: 120, denied: 60, unknown: 20, signals: 90 }],
      advice: [{ level: 'ok', subject: 'snippet', says: "Convey's, with the write key of this site." }],
    },
  },
  'POST /api/secrets/rotate': { answer: { source: 'file', resealed: 1, lost: 0 } },
  'GET /api/totals': {
    answer: [
      {
        site: 'shop',
        received: 1_207,
        copies: 96,
        refused: 2,
        connections: [
          {
            connection: 'bing',
            outcomes: { delivered: 1_190, 'consent-denied': 13, duplicate: 96, dead: 1 },
            undelivered: 3,
            earlier: 0,
            lost: 0,
          },
        ],
      },
    ],
  },
  'GET /api/sites/:site/series': {
    answer: {
      since: 1_795_510_800_000,
      stepMs: 300_000,
      received: [0, 4, 2, 0, 7, 5, 1, 0, 3, 2, 6, 4],
      connections: [
        {
          connection: 'bing',
          outcomes: { delivered: [0, 4, 2, 0, 7, 5, 1, 0, 3, 2, 6, 1], undelivered: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3] },
        },
      ],
    },
  },
  'POST /api/sites/:site/connections/:connection/replay': {
    body: { since: at - 86_400_000, until: at },
    answer: {
      says: '1240 reports were received then; they are gone through from the oldest on. What was delivered already is passed over.',
      events: 1_240,
    },
  },
  'DELETE /api/sites/:site/connections/:connection/replay': {
    answer: { says: 'The replay ends where it is. What it has put up is sent all the same.', events: 0 },
  },
  'GET /api/sites/:site/stream': {},
  'POST /api/sites/:site/connections/:connection/dead-letters/retry': {
    body: { offsets: ['0000000000000017'] },
    answer: { says: 'One event will be sent.', events: 1 },
  },
  'POST /api/sites/:site/connections/:connection/dead-letters/drop': {
    body: { all: true },
    answer: { says: '8 events are no dead letters any more.', events: 8 },
  },
  'GET /api/accounts': { answer: [{ name: 'ada', role: 'owner', createdAt: at }] },
  'POST /api/accounts': {
    body: { name: 'vic', role: 'viewer', password: 'four words nobody guesses' },
    answer: { ok: true },
  },
  'PATCH /api/accounts/:name': { body: { role: 'owner' }, answer: { ok: true } },
  'DELETE /api/accounts/:name': { answer: { ok: true } },
  'GET /api/openapi.json': {},
  'GET /api': {},
};
