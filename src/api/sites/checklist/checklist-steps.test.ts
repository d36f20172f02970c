import { describe, expect, it } from 'vitest';
import { microsoft } from '../../../destinations/microsoft/microsoft.ts';
import type { Site } from '../../../event/site.ts';
import { shop } from '../../../ingest/site.fixture.ts';
import type { EventGroup } from '../../../storage/ports/site-activity.ts';
import { at, getStep, type More, seen, silent } from './checklist.fixture.ts';
import { eventSteps } from './event-steps.ts';

const open = { stated: 'unknown', effective: 'pending' } as const;

describe('a step of the checklist', () => {
  const tags = { microsoft: { mode: 'attach', tagId: '1' } } as const;
  const woo = { platform: 'woocommerce' } as const;
  const shopify = { platform: 'shopify' } as const;
  const token = { scheme: 'header-token', header: 'X-Token' } as const;
  const withToken = { hooks: [{ id: 'crm', source: 'custom', secrets: [], signature: token }] } as const;
  const signed = { webhooks: { secrets: ['what-it-signs-with'], purchaseOn: 'create' } } as const;
  it.each<[string, string, readonly EventGroup[], More, string]>([
    ['the pixel reports', 'pixel-seen', [seen('PageView')], {}, 'done'],
    ['only a hook that is not signed reports', 'pixel-seen', [seen('Lead')], { site: withToken }, 'waiting'],
    ['the pixel and such a hook report', 'pixel-seen', [seen('Lead'), seen('PageView')], { site: withToken }, 'done'],
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

  it('exists for hooks only if one is not signed', () => {
    const hook = { id: 'crm', source: 'custom', secrets: [], events: [] } as const;
    const list = (scheme: 'basic' | 'standard-webhooks') => {
      const site = { ...shop, hooks: [{ ...hook, signature: { scheme } }] };
      return eventSteps({ site, platforms: [], observed: [], viewsOfTags: {} }).filter(({ id }) => id === 'hooks-signed');
    };
    expect(list('standard-webhooks')).toEqual([]);
    expect(list('basic')).toMatchObject([{ state: 'problem', says: expect.stringContaining('crm are not signed') }]);
  });

  it('waits for the first request of each hook with a valid proof', () => {
    const hooks = [
      { id: 'payments', source: 'stripe', secrets: ['whsec_0123456789abcdef'] },
      { id: 'plans', source: 'recharge', secrets: ['client-secret'] },
    ] as const;
    const get = (hookRequests: ReadonlyMap<string, number>, of: Site['hooks'] = hooks, refusedHooks: readonly string[] = []) =>
      eventSteps({
        ...{ site: { ...shop, hooks: of ?? [] }, platforms: [], observed: [], viewsOfTags: {} },
        ...{ hookRequests, refusedHooks },
      }).find(({ id }) => id === 'hooks-seen');
    expect(get(new Map())).toMatchObject({ state: 'waiting', says: expect.stringContaining('hooks payments, plans') });
    expect(get(new Map([['plans', at]]))).toMatchObject({ state: 'waiting', says: expect.stringContaining('hook payments.') });
    expect(get(new Map([['payments', at]]), [hooks[0]])).toMatchObject({ state: 'done', at, guide: 'guides/stripe' });
    expect(get(new Map(), [])).toBeUndefined();
    // A hook that had a valid request is not in doubt: anyone can send an invalid one.
    const refused = get(new Map([['plans', at]]), hooks, ['payments', 'plans']);
    expect(refused).toMatchObject({ state: 'problem', says: expect.stringContaining('to the hook payments was refused') });
    expect(get(new Map([['plans', at]]), hooks, ['plans'])).toMatchObject({ state: 'waiting' });
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
