import { describe, expect, it } from 'vitest';
import type { EventGroup } from '../../../storage/ports/site-activity.ts';
import { at, getStep, seen } from './checklist.fixture.ts';

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
