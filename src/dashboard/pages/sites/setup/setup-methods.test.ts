import { describe, expect, it } from 'vitest';
import { getDefaultMethod, getWayState, parseSetupSearch, readWayProgress } from './setup-methods.ts';

const pixel = { reporter: 'browser', count: 4, withoutConsent: 0, lastAt: 9 } as const;
const segment = { ...pixel, via: 'segment' } as const;
const server = { ...pixel, reporter: 'server' } as const;

const none = { refusedDomains: [] };

describe('getWayState', () => {
  it('is waiting when neither event nor pixel arrived', () => {
    for (const way of ['pixel', 'server', 'webhook', 'segment'] as const)
      expect(getWayState({ ...none, ways: [] }, way)).toEqual({ state: 'waiting' });
  });

  it('is loaded when a browser loaded the pixel and sent no event', () => {
    expect(getWayState({ ...none, ways: [], pixelLoadedAt: 5 }, 'pixel')).toEqual({ state: 'loaded', at: 5 });
    expect(getWayState({ ...none, ways: [], pixelLoadedAt: 5 }, 'server')).toEqual({ state: 'waiting' });
  });

  it('is refused when pages of an unlisted domain were refused and no event was accepted', () => {
    const refusedDomains = [{ domain: 'other.example', requests: 2, lastAt: 7 }];
    const refused = { ways: [], pixelLoadedAt: 5, refusedDomains };
    expect(getWayState(refused, 'pixel')).toEqual({ state: 'refused', domain: 'other.example', at: 7 });
    expect(getWayState(refused, 'server')).toEqual({ state: 'waiting' });
    expect(getWayState({ ...refused, ways: [pixel] }, 'pixel').state).toBe('receiving');
  });

  it('is without consent when no event of a browser has it', () => {
    expect(getWayState({ ...none, ways: [{ ...pixel, withoutConsent: 4 }] }, 'pixel').state).toBe('no-consent');
    expect(getWayState({ ...none, ways: [{ ...pixel, withoutConsent: 3 }] }, 'pixel').state).toBe('receiving');
    expect(getWayState({ ...none, ways: [{ ...server, withoutConsent: 4 }] }, 'server').state).toBe('receiving');
  });

  it('is receiving when reports of this way in arrive', () => {
    expect(getWayState({ ...none, ways: [pixel], pixelLoadedAt: 10 }, 'pixel')).toEqual({
      state: 'receiving',
      count: 4,
      at: 9,
    });
    expect(getWayState({ ...none, ways: [pixel] }, 'webhook')).toEqual({ state: 'waiting' });
  });

  it("is receiving for Segment's SDKs by their reports alone, and for the pixel by its own alone", () => {
    const state = (ways: readonly (typeof segment | typeof pixel | typeof server)[], way: 'pixel' | 'segment' | 'server') =>
      getWayState({ ...none, ways: [...ways] }, way).state;
    expect([state([pixel, server], 'segment'), state([segment], 'pixel'), state([segment], 'server')]).toEqual(
      Array(3).fill('waiting'),
    );
    expect(getWayState({ ...none, ways: [segment, { ...segment, reporter: 'server', lastAt: 12 }] }, 'segment')).toEqual({
      state: 'receiving',
      count: 8,
      at: 12,
    });
  });

  it('is receiving for Stripe by its sessions, invoices and subscriptions alone', () => {
    const webhook = { ...pixel, reporter: 'webhook' } as const;
    for (const via of ['stripe', 'stripe-invoice', 'stripe-subscription'] as const) {
      const seen = { ...none, ways: [{ ...webhook, via }] };
      expect(getWayState(seen, 'stripe').state, via).toBe('receiving');
      expect([getWayState(seen, 'recharge').state, getWayState(seen, 'webhook').state]).toEqual(['waiting', 'waiting']);
    }
    expect(getWayState({ ...none, ways: [{ ...webhook, via: 'recharge' }] }, 'recharge').state).toBe('receiving');
  });

  it("is receiving for an import by its rows alone, which do not count for the shop's server", () => {
    const imported = { ...none, ways: [{ ...server, via: 'import' } as const] };
    expect(getWayState(imported, 'import').state).toBe('receiving');
    expect(getWayState(imported, 'server').state).toBe('waiting');
    expect(getWayState({ ...none, ways: [server] }, 'import').state).toBe('waiting');
  });

  it('is receiving for other services by the reports of hooks with a mapping alone', () => {
    const hook = { ...pixel, reporter: 'webhook', via: 'hook:crm' } as const;
    expect(getWayState({ ...none, ways: [hook] }, 'hook').state).toBe('receiving');
    for (const way of ['stripe', 'webhook'] as const) expect(getWayState({ ...none, ways: [hook] }, way).state).toBe('waiting');
    expect(getWayState({ ...none, ways: [{ ...hook, via: 'stripe' }] }, 'hook').state).toBe('waiting');
  });

  it('is quiet when the last report is older than a day', () => {
    expect(getWayState({ ...none, ways: [{ ...segment, count: 0 }] }, 'segment')).toEqual({ state: 'quiet', at: 9 });
  });

  it('is rejected when the step of the webhook secret is a problem', () => {
    const secret = {
      id: 'webhooks-set',
      group: 'server',
      title: 'Webhook secret',
      says: 'Add the secret.',
      state: 'problem',
      at: 7,
    };
    const steps = [{ ...secret, group: 'server', state: 'problem' } as const];
    expect(getWayState({ ways: [], refusedDomains: [], steps }, 'webhook')).toEqual({
      state: 'rejected',
      says: 'Add the secret.',
      at: 7,
    });
    expect(getWayState({ ways: [], refusedDomains: [], steps }, 'pixel')).toEqual({ state: 'waiting' });
  });
});

describe('readWayProgress', () => {
  it.each(['pixel', 'server', 'webhook', 'segment'] as const)(
    'is no state of the way in %s when the checklist is not known',
    (way) => {
      const error = new Error('not reached');
      expect(readWayProgress({ state: 'loading' }, way)).toEqual({ state: 'loading' });
      expect(readWayProgress({ state: 'failed', error }, way)).toEqual({ state: 'failed', error });
    },
  );

  it('is that of the checklist when it is known', () => {
    const data = { steps: [], events: [], sources: [], ways: [], refusedDomains: [], serverConsent: 'granted' } as const;
    expect(readWayProgress({ state: 'loaded', data }, 'pixel')).toEqual({ state: 'waiting' });
  });
});

describe('the setup method', () => {
  it("is that of the site's platform", () => {
    expect(getDefaultMethod({ platform: 'shopify' })).toBe('shopify');
    expect(getDefaultMethod({ platform: 'custom' })).toBe('page');
  });

  it('is read from the URL when it is known', () => {
    expect(parseSetupSearch({ method: 'server' })).toEqual({ method: 'server' });
    expect(parseSetupSearch({ method: ['server'] })).toEqual({});
    expect(parseSetupSearch({ method: 'ftp' })).toEqual({});
  });
});
