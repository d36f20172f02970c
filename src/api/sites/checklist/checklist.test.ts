import { describe, expect, it } from 'vitest';
import { acme } from '../../../destinations/kit/acme.fixture.ts';
import { microsoft } from '../../../destinations/microsoft/microsoft.ts';
import type { Site } from '../../../event/site.ts';
import { shop } from '../../../ingest/site.fixture.ts';
import type { EventGroup } from '../../../storage/ports/site-activity.ts';
import { bySource } from './checklist.ts';
import { connectionSteps } from './connection-steps.ts';
import { eventSteps } from './event-steps.ts';

const at = 1_795_514_400_000;
const granted = { stated: 'granted', effective: 'granted' } as const;
const silent = { stated: 'unknown', effective: 'denied' } as const;
const open = { stated: 'unknown', effective: 'pending' } as const;
const seen = (name: string, more: Partial<EventGroup> = {}): EventGroup => ({
  name,
  reporters: ['browser'],
  consent: granted,
  keys: [],
  events: 3,
  first: at - 1_000,
  last: at,
  ...more,
});

interface More {
  readonly site?: Partial<Site>;
  readonly viewsOfTags?: Readonly<Record<string, number>>;
  readonly refusedAt?: number;
  readonly neverSent?: number;
  readonly pixelLoadedAt?: number;
  readonly refusedDomains?: readonly { domain: string; requests: number; lastAt: number }[];
}

function getStep(id: string, observed: readonly EventGroup[], more: More = {}) {
  const site = { ...shop, consent: { policy: 'regional' } as const, ...more.site };
  const found = eventSteps({ platforms: [microsoft], observed, viewsOfTags: {}, ...more, site }).find((one) => one.id === id);
  if (!found) throw new Error(`there is no step ${id}`);
  return found;
}

describe('the checklist of a site without an event', () => {
  const steps = eventSteps({ site: { ...shop, platform: 'shopify' }, platforms: [microsoft], observed: [], viewsOfTags: {} });

  it('has only waiting and optional steps', () => {
    expect(new Set(steps.map(({ state }) => state))).toEqual(new Set(['waiting', 'optional']));
    expect(steps.every((step) => !('at' in step))).toBe(true);
  });

  it('describes each step in full sentences, with a page of the docs', () => {
    for (const { says, guide } of steps) {
      expect(says).toMatch(/^[A-Z].*\.$/);
      expect(guide).toMatch(/^guides\//);
    }
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
  });
});

describe('the steps that link to a guide about something else', () => {
  it.each(['microsoft-tag-mode', 'copies-joined', 'purchase-seen'])('do not prove the guide: %s', (id) => {
    const observed = [seen('PageView'), seen('Purchase', { reporters: ['browser', 'server'] })];
    const step = getStep(id, observed);
    expect(step).toMatchObject({ state: 'done', guide: expect.any(String) });
    expect(step).not.toHaveProperty('provesGuide');
  });
});

describe('the step of unlisted domains', () => {
  const refused = (domain: string, requests: number) => ({ domain, requests, lastAt: at });
  const both = [refused('www.other.example', 3), refused('b.example', 1)];

  it('names the domain whose pages were refused most often', () => {
    const { state, says } = getStep('domains', [], { refusedDomains: both });
    expect(state).toBe('problem');
    expect(says).toBe(
      'Pages of www.other.example send events, but the site does not list this domain. 3 requests were refused. The same applies to 1 other domain. Add the domain if it is yours.',
    );
  });

  it('is a problem only until a browser event is accepted, because any program can invent an origin', () => {
    const getState = (observed: readonly EventGroup[]) => getStep('domains', observed, { refusedDomains: both }).state;
    expect(getState([seen('Purchase', { reporters: ['server'] })])).toBe('problem');
    expect(getState([seen('PageView')])).toBe('optional');
  });

  it('explains why no pixel event arrived, before consent does', () => {
    const { says } = getStep('pixel-seen', [], { refusedDomains: both, pixelLoadedAt: at });
    expect(says).toBe('Events of www.other.example are refused, because the site does not list this domain.');
    expect(getStep('pixel-seen', [seen('PageView')], { refusedDomains: both }).state).toBe('done');
  });
});

describe('the step of pixel events', () => {
  const isWaiting = (policy: 'regional' | 'granted') =>
    getStep('pixel-seen', [], { site: { consent: { policy } }, pixelLoadedAt: at });

  it('asks for consent when the pixel was loaded and waits for a choice', () => {
    expect(isWaiting('regional')).toMatchObject({ state: 'waiting', at });
    expect(isWaiting('regional').says).toContain("waits for the shopper's consent");
  });

  it('names the request when the pixel was loaded and needs no choice', () => {
    expect(isWaiting('granted').says).toContain('request `e`');
  });
});

describe('the steps of pixel events and page views', () => {
  const byServer = { reporters: ['server'] } as const;

  it('say what arrived when only servers and webhooks report', () => {
    const observed = [
      seen('Lead', { ...byServer, events: 1 }),
      seen('Purchase', { reporters: ['webhook'], events: 1_204 }),
      ...['A', 'B'].map((name) => seen(name, { ...byServer, events: 2 })),
    ];
    const arrived = '1,209 events arrived from servers or webhooks: `Purchase`, `A`, `B` and 1 other name.';
    expect(getStep('pixel-seen', observed)).toEqual(
      expect.objectContaining({
        state: 'waiting',
        says: `No browser event in the last 7 days. ${arrived} To report page views and ad clicks as well, add the snippet.`,
      }),
    );
    expect(getStep('page-views', observed)).toMatchObject({
      state: 'waiting',
      says: `${arrived} None is a page view. The pixel reports page views automatically.`,
    });
  });

  it('do not blame the snippet when browsers report only purchases', () => {
    const { says } = getStep('page-views', [seen('Purchase', { reporters: ['browser', 'webhook'] }), seen('convey_test')]);
    expect(says).toBe(
      '3 events arrived from browsers and servers or webhooks: `Purchase`. None is a page view. If your own code sends the events, send `PageView` as well. If the pixel sends them, check that no code replaces `window.convey`.',
    );
    expect(says).not.toContain('snippet');
  });

  it("are done for page views of a server, which are not the pixel's", () => {
    expect(getStep('page-views', [seen('PageView', byServer)])).toMatchObject({
      state: 'done',
      says: '3 page views of servers in the last 7 days, none of the pixel.',
    });
  });
});

describe('the events of each source', () => {
  it('count an event for each of its sources, and no test event', () => {
    const observed = [
      seen('Purchase', { reporters: ['browser', 'webhook'], last: at - 5 }),
      seen('PageView', { events: 2, consent: silent }),
      seen('convey_test', { reporters: ['server'] }),
    ];
    expect(bySource(observed)).toEqual([
      { source: 'browser', count: 5, withoutConsent: 2, lastAt: at },
      { source: 'webhook', count: 3, withoutConsent: 0, lastAt: at - 5 },
    ]);
  });
});

describe('a step of the checklist', () => {
  const tags = { microsoft: { mode: 'attach', tagId: '1' } } as const;
  const woo = { platform: 'woocommerce' } as const;
  const shopify = { platform: 'shopify' } as const;
  const signed = { webhooks: { secrets: ['what-it-signs-with'], purchaseOn: 'create' } } as const;
  it.each<[string, string, readonly EventGroup[], More, string]>([
    ['the pixel reports', 'pixel-seen', [seen('PageView')], {}, 'done'],
    ['only a server reports', 'pixel-seen', [seen('Purchase', { reporters: ['server'] })], {}, 'waiting'],
    ['only a test event was reported', 'server-seen', [seen('convey_test', { reporters: ['server'] })], {}, 'optional'],
    ['a server reports', 'server-seen', [seen('Purchase', { reporters: ['server'] })], {}, 'done'],
    ['events without a page view', 'page-views', [seen('AddToCart')], {}, 'problem'],
    ['page views', 'page-views', [seen('PageView')], {}, 'done'],
    ['no choice is reported and all count as denied', 'consent-told', [seen('PageView', { consent: silent })], {}, 'problem'],
    ['some events state a choice', 'consent-told', [seen('PageView', { consent: silent }), seen('PageView')], {}, 'done'],
    [
      'a missing choice counts as granted',
      'consent-told',
      [seen('PageView', { consent: { stated: 'unknown', effective: 'granted' } })],
      {},
      'done',
    ],
    ['the tag ran and the mode is off', 'microsoft-tag-mode', [seen('PageView')], { viewsOfTags: { microsoft: 2 } }, 'problem'],
    ['no tag ran and the mode is off', 'microsoft-tag-mode', [seen('PageView')], {}, 'done'],
    [
      'the tag ran and the mode is attach',
      'microsoft-tag-mode',
      [seen('PageView')],
      { viewsOfTags: { microsoft: 2 }, site: { tags } },
      'done',
    ],
    ['no tag ran and the mode is attach', 'microsoft-tag-mode', [seen('PageView')], { site: { tags } }, 'waiting'],
    ['a click', 'microsoft-click-ids', [seen('PageView', { keys: ['msclkid'] })], {}, 'done'],
    ['no click', 'microsoft-click-ids', [seen('PageView')], {}, 'optional'],
    ['a purchase', 'purchase-seen', [seen('Purchase')], {}, 'done'],
    ['reports of one purchase', 'copies-joined', [seen('Purchase', { reporters: ['browser', 'server'] })], {}, 'done'],
    [
      'reports that do not match',
      'copies-joined',
      [seen('Purchase'), seen('Purchase', { reporters: ['server'] })],
      {},
      'problem',
    ],
    [
      'few reports that do not match',
      'copies-joined',
      [seen('Purchase', { events: 2 }), seen('Purchase', { reporters: ['server'] })],
      {},
      'waiting',
    ],
    [
      'one match beside many reports that do not',
      'copies-joined',
      [
        seen('Purchase', { reporters: ['browser', 'server'], events: 1 }),
        seen('Purchase', { events: 500 }),
        seen('Purchase', { reporters: ['server'], events: 499 }),
      ],
      {},
      'problem',
    ],
    [
      'one match, and a server that reports few purchases',
      'copies-joined',
      [seen('Purchase', { reporters: ['browser', 'server'], events: 1 }), seen('Purchase', { events: 999 })],
      {},
      'waiting',
    ],
    [
      'most reports match',
      'copies-joined',
      [
        seen('Purchase', { reporters: ['browser', 'webhook'], events: 70 }),
        seen('Purchase', { events: 10, last: at - 5 }),
        seen('Purchase', { reporters: ['webhook'], events: 20, last: at - 5 }),
      ],
      {},
      'done',
    ],
    ['no purchase', 'copies-joined', [], {}, 'waiting'],
    ['one source', 'copies-joined', [seen('Purchase')], {}, 'optional'],
    ['one source of a shop with webhooks', 'copies-joined', [seen('Purchase')], { site: woo }, 'waiting'],
    ['no purchase of a shop with webhooks', 'copies-joined', [], { site: woo }, 'waiting'],
    ['only the theme reports', 'custom-pixel-seen', [seen('PageView')], { site: shopify }, 'waiting'],
    [
      'only webhooks report orders',
      'custom-pixel-seen',
      [seen('Purchase', { reporters: ['webhook'] })],
      { site: shopify },
      'waiting',
    ],
    ['the checkout reports', 'custom-pixel-seen', [seen('InitiateCheckout')], { site: shopify }, 'done'],
    ['a purchase with an e-mail address', 'person-known', [seen('Purchase', { keys: ['email'] }), seen('Purchase')], {}, 'done'],
    [
      'purchases without e-mail address and phone number',
      'person-known',
      [seen('Purchase', { keys: ['visitor'] })],
      {},
      'problem',
    ],
    ['only test orders', 'person-known', [seen('Purchase', { keys: [] })], { neverSent: 3 }, 'waiting'],
    ['a real order beside test orders', 'person-known', [seen('Purchase', { keys: [] })], { neverSent: 2 }, 'problem'],
    ['no webhook secret', 'webhooks-set', [], { site: woo }, 'waiting'],
    ['a rejected webhook', 'webhooks-set', [], { site: woo, refusedAt: at }, 'problem'],
    ['a webhook signed with another secret', 'webhooks-set', [], { site: { ...woo, ...signed }, refusedAt: at }, 'problem'],
    ['an order of the shop', 'webhook-order-seen', [seen('Purchase', { reporters: ['webhook'] })], { site: woo }, 'done'],
    ['an order of the server', 'webhook-order-seen', [seen('Purchase', { reporters: ['server'] })], { site: woo }, 'waiting'],
    ['only purchases without consent', 'person-known', [seen('Purchase', { consent: silent })], {}, 'waiting'],
    ['only purchases whose consent is open', 'person-known', [seen('Purchase', { consent: open })], {}, 'waiting'],
  ])('%s', (_, id, observed, more, state) => {
    const step = getStep(id, observed, more);
    expect(step.state).toBe(state);
    if (state === 'done') expect(step.at).toBe(at);
  });

  it('exists for webhooks only on shop platforms, and is done after a secret is set', () => {
    expect(getStep('webhooks-set', [], { site: { ...woo, ...signed } }).state).toBe('done');
    const steps = eventSteps({ site: shop, platforms: [microsoft], observed: [], viewsOfTags: {} });
    expect(steps.filter(({ id }) => id.startsWith('webhook'))).toEqual([]);
  });

  it('contains shares and counts', () => {
    expect(getStep('consent-told', [seen('PageView'), seen('PageView', { events: 1, consent: silent })]).says).toContain(
      '4 events: 75% granted, 0% denied, 25% without a choice.',
    );
    expect(getStep('person-known', [seen('Purchase', { keys: ['phone'] }), seen('Purchase')]).says).toContain('50%');
    const withOpen = [seen('Purchase', { keys: ['phone'] }), seen('Purchase', { consent: open })];
    expect(getStep('person-known', withOpen).says).toContain('100%');
    const different = [seen('Purchase'), seen('Purchase', { reporters: ['server'], events: 4 })];
    expect(getStep('copies-joined', different).says).toBe(
      '3 purchases came from browsers alone, 4 from servers alone, and 0 from both. If these are the same orders, each counts twice: send the same event id in both reports. If they are different orders, no action is needed.',
    );
    const tests = { neverSent: 9 };
    expect(getStep('person-known', [seen('Purchase', { keys: ['phone'] }), seen('Purchase')], tests).says).toContain('100%');
    expect(getStep('purchase-seen', [seen('Purchase', { events: 1_204 })]).says).toContain('1,204 purchases');
  });
});

describe('the checklist of a site that sends to another platform', () => {
  it("has no step about Microsoft's tag, click id or guides", () => {
    const entry = { id: 'ads', destination: 'acme', enabled: true, settings: {}, origin: 'file' } as const;
    const steps = [
      ...eventSteps({ site: shop, platforms: [acme], observed: [], viewsOfTags: {} }),
      ...connectionSteps([{ entry: { ...entry, secrets: [] } }], [acme]),
    ];
    expect(steps.map(({ id }) => id)).not.toContain('microsoft-tag-mode');
    expect(JSON.stringify(steps)).not.toMatch(/microsoft|msclkid|uet/i);
  });
});
