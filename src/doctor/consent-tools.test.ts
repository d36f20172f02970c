import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { buildSnippet } from '../pixel/pixel.fixture.ts';
import { consentPlatforms, customBannerSnippet, formatSnippet } from './consent-tools.ts';

/** Runs a consent platform's lines in a page. Returns the calls of `convey`, and `raise` for the platform's events. */
function page(name: string, globals: Readonly<Record<string, unknown>> = {}) {
  const lines = consentPlatforms.find((one) => one.name === name)?.lines;
  if (lines === undefined) throw new Error(`${name} has no lines`);
  const calls: unknown[] = [];
  const listeners: [string, (event: { detail: unknown }) => void][] = [];
  const addEventListener = (type: string, listener: (event: { detail: unknown }) => void) => listeners.push([type, listener]);
  const context: Record<string, unknown> = {
    convey: (...call: unknown[]) => calls.push(call),
    addEventListener,
    document: { addEventListener },
    ...globals,
  };
  runInNewContext(lines, context);
  return {
    calls,
    context,
    raise(type: string, detail?: unknown) {
      for (const [listenedType, listener] of listeners) if (listenedType === type) listener({ detail });
    },
  };
}

const granted = ['consent', { adStorage: 'granted' }];
const denied = ['consent', { adStorage: 'denied' }];

describe('the lines for a consent platform, which pass on choices only', () => {
  it('Cookiebot', () => {
    const state = { hasResponse: false, consent: { marketing: false, method: '' } };
    const { calls, raise } = page('Cookiebot', { Cookiebot: state });
    raise('CookiebotOnConsentReady');
    expect(calls).toEqual([]);
    Object.assign(state, { hasResponse: true, consent: { marketing: true, method: 'explicit' } });
    raise('CookiebotOnConsentReady');
    Object.assign(state, { consent: { marketing: false, method: 'explicit' } });
    raise('CookiebotOnConsentReady');
    Object.assign(state, { consent: { marketing: true, method: 'implied' } });
    raise('CookiebotOnConsentReady');
    expect(calls).toEqual([
      ['consent', { adStorage: 'granted', explicit: true }],
      ['consent', { adStorage: 'denied', explicit: true }],
      ['consent', { adStorage: 'granted', explicit: false }],
    ]);
  });

  it('OneTrust', () => {
    let isClosed = false;
    const { calls, context } = page('OneTrust', {
      OneTrust: { IsAlertBoxClosed: () => isClosed },
      OnetrustActiveGroups: ',C0001,',
    });
    runInNewContext('OptanonWrapper()', context);
    expect(calls).toEqual([]);
    isClosed = true;
    runInNewContext('OptanonWrapper(); OnetrustActiveGroups = ",C0001,C0004,"; OptanonWrapper()', context);
    expect(calls).toEqual([denied, granted]);
  });

  it.each(['explicit', 'EXPLICIT'])('Usercentrics, whose type is %s', (type) => {
    const { calls, raise } = page('Usercentrics');
    const status = (status: object) => raise('ucEvent', { event: 'consent_status', type, ...status });
    status({ type: 'implicit', ucCategory: { marketing: true } });
    raise('ucEvent', { event: 'another', type });
    expect(calls).toEqual([]);
    status({ ucCategory: { marketing: true } });
    status({ ucCategory: { marketing: null } });
    status({});
    expect(calls).toEqual([granted, denied, denied]);
  });

  it('CookieYes', () => {
    const { calls, raise } = page('CookieYes');
    raise('cookieyes_banner_load', { isUserActionCompleted: false, categories: { advertisement: true } });
    expect(calls).toEqual([]);
    raise('cookieyes_banner_load', { isUserActionCompleted: true, categories: { advertisement: true } });
    raise('cookieyes_consent_update', { accepted: ['necessary'], rejected: ['advertisement'] });
    raise('cookieyes_consent_update', { accepted: ['necessary', 'advertisement'], rejected: [] });
    expect(calls).toEqual([granted, denied, granted]);
  });

  it('Complianz', () => {
    let status = 'show';
    const complianz = { consenttype: 'optin' };
    const globals = { complianz, cmplz_get_banner_status: () => status, cmplz_has_consent: () => false };
    const { calls, raise } = page('Complianz', globals);
    raise('cmplz_cookie_warning_loaded', 'eu');
    raise('cmplz_status_change', { category: 'statistics', value: 'allow' });
    expect(calls).toEqual([]);
    raise('cmplz_status_change', { category: 'marketing', value: 'allow' });
    status = 'dismissed';
    raise('cmplz_cookie_warning_loaded', 'eu');
    complianz.consenttype = 'other';
    raise('cmplz_status_change', { category: 'marketing', value: 'allow' });
    expect(calls).toEqual([
      ['consent', { adStorage: 'granted', explicit: true }],
      ['consent', { adStorage: 'denied', explicit: true }],
      ['consent', { adStorage: 'granted', explicit: false }],
    ]);
  });

  it('iubenda, with existing callbacks', () => {
    const onReady = () => {};
    const { calls, context } = page('iubenda', { _iub: { csConfiguration: { callback: { onReady } } }, onReady });
    const express = (preference: unknown) => {
      Object.assign(context, { preference });
      runInNewContext('_iub.csConfiguration.callback.onPreferenceExpressedOrNotNeeded(preference)', context);
    };
    express(undefined);
    expect(calls).toEqual([]);
    express({ purposes: { 1: true, 5: true } });
    express({ purposes: { 1: true, 5: false } });
    express({ consent: true });
    expect(calls).toEqual([granted, denied, granted]);
    expect(runInNewContext('_iub.csConfiguration.callback.onReady === onReady', context)).toBe(true);
  });

  it('cover every platform with lines', () => {
    const tried = ['Cookiebot', 'OneTrust', 'Usercentrics', 'CookieYes', 'Complianz', 'iubenda'];
    expect(consentPlatforms.flatMap(({ name, lines }) => (lines === undefined ? [] : name))).toEqual(tried);
  });
});

it('the lines for a banner are valid calls', () => {
  const calls: unknown[] = [];
  runInNewContext(customBannerSnippet, { convey: (...call: unknown[]) => calls.push(call) });
  expect(calls).toEqual([granted, denied]);
});

it('the snippet is the same as in the guide', () => {
  const address = 'https://data.shop.example/p.js?k=wk_shop_example';
  expect(formatSnippet(address)).toBe(buildSnippet(address));
});
