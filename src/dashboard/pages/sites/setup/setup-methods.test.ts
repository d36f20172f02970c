import { describe, expect, it } from 'vitest';
import { getDefaultMethod, getSourceState, parseSetupSearch, readSourceProgress } from './setup-methods.ts';

const browser = { source: 'browser', count: 4, withoutConsent: 0, lastAt: 9 } as const;

const none = { refusedDomains: [] };

describe('getSourceState', () => {
  it('is waiting when neither event nor pixel arrived', () => {
    for (const source of ['browser', 'server', 'webhook'] as const)
      expect(getSourceState({ ...none, sources: [] }, source)).toEqual({ state: 'waiting' });
  });

  it('is loaded when a browser loaded the pixel and sent no event', () => {
    expect(getSourceState({ ...none, sources: [], pixelLoadedAt: 5 }, 'browser')).toEqual({ state: 'loaded', at: 5 });
    expect(getSourceState({ ...none, sources: [], pixelLoadedAt: 5 }, 'server')).toEqual({ state: 'waiting' });
  });

  it('is refused when pages of an unlisted domain were refused and no event was accepted', () => {
    const refusedDomains = [{ domain: 'other.example', requests: 2, lastAt: 7 }];
    const refused = { sources: [], pixelLoadedAt: 5, refusedDomains };
    expect(getSourceState(refused, 'browser')).toEqual({ state: 'refused', domain: 'other.example', at: 7 });
    expect(getSourceState(refused, 'server')).toEqual({ state: 'waiting' });
    expect(getSourceState({ ...refused, sources: [browser] }, 'browser').state).toBe('receiving');
  });

  it('is without consent when no event of a browser has it', () => {
    expect(getSourceState({ ...none, sources: [{ ...browser, withoutConsent: 4 }] }, 'browser').state).toBe('no-consent');
    expect(getSourceState({ ...none, sources: [{ ...browser, withoutConsent: 3 }] }, 'browser').state).toBe('receiving');
    expect(getSourceState({ ...none, sources: [{ ...browser, source: 'server', withoutConsent: 4 }] }, 'server').state).toBe(
      'receiving',
    );
  });

  it('is receiving when events of this source arrive', () => {
    expect(getSourceState({ ...none, sources: [browser], pixelLoadedAt: 10 }, 'browser')).toEqual({
      state: 'receiving',
      count: 4,
      at: 9,
    });
    expect(getSourceState({ ...none, sources: [browser] }, 'webhook')).toEqual({ state: 'waiting' });
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
    expect(getSourceState({ sources: [], refusedDomains: [], steps }, 'webhook')).toEqual({
      state: 'rejected',
      says: 'Add the secret.',
      at: 7,
    });
    expect(getSourceState({ sources: [], refusedDomains: [], steps }, 'browser')).toEqual({ state: 'waiting' });
  });
});

describe('readSourceProgress', () => {
  it.each(['browser', 'server', 'webhook'] as const)('is no state of the source %s when the checklist is not known', (source) => {
    const error = new Error('not reached');
    expect(readSourceProgress({ state: 'loading' }, source)).toEqual({ state: 'loading' });
    expect(readSourceProgress({ state: 'failed', error }, source)).toEqual({ state: 'failed', error });
  });

  it('is that of the checklist when it is known', () => {
    const data = { steps: [], events: [], sources: [], refusedDomains: [], serverConsent: 'granted' } as const;
    expect(readSourceProgress({ state: 'loaded', data }, 'browser')).toEqual({ state: 'waiting' });
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
