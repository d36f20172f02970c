import { describe, expect, test } from 'vitest';
import { consentPolicies } from '../../event/consent.ts';
import { reportSources } from '../../event/event.ts';
import { type ConsentInput, resolveConsent } from './effective-consent.ts';

const countries = [undefined, 'US', 'DE', 'GB', 'CH', 'IS', 'LI', 'NO', 'AX', 'GF', 'GP', 'MF', 'MQ', 'RE', 'YT', 'PM'] as const;
const optInCountries = new Set<string | undefined>(countries.filter((country) => country !== 'US' && country !== 'PM'));
const everywhere = consentPolicies.flatMap((policy) =>
  reportSources.flatMap((reporter) => countries.map((country) => ({ policy, reporter, country }))),
);

function judge(input: ConsentInput, at: (typeof everywhere)[number], gpc = false) {
  const { country, ...rest } = at;
  return resolveConsent(input, { ...rest, gpc, ...(country !== undefined && { country }) });
}

describe('the choices about single uses', () => {
  const at = { policy: 'granted', reporter: 'server', country: 'US' } as const;

  test('are kept as stated; an unreadable one may be a denial', () => {
    expect(judge({ adStorage: 'granted', adUserData: 'granted', adPersonalization: 'denied' }, at)).toMatchObject({
      adUserData: 'granted',
      adPersonalization: 'denied',
    });
    expect(judge({ adUserData: 'unreadable' }, at)).toEqual({ stated: 'unknown', effective: 'granted', adUserData: 'denied' });
  });

  test("are those of a tool's default only if they deny", () => {
    const uses = { adUserData: 'granted', adPersonalization: 'denied' } as const;
    expect(judge({ adStorage: 'granted', explicit: false, ...uses }, at)).toEqual({
      stated: 'unknown',
      effective: 'granted',
      adPersonalization: 'denied',
    });
  });

  test('are not kept if the event is denied, also by GPC', () => {
    const uses = { adUserData: 'granted', adPersonalization: 'granted' } as const;
    expect(judge({ adStorage: 'denied', ...uses }, at)).toEqual({ stated: 'denied', effective: 'denied' });
    expect(judge({ adStorage: 'granted', ...uses }, at, true)).toEqual({ stated: 'denied', effective: 'denied', source: 'gpc' });
  });
});

describe.each(everywhere)('under $policy, from a $reporter, in $country', (at) => {
  test('a choice of the shopper applies as stated', () => {
    expect(judge({ adStorage: 'granted' }, at)).toEqual({ stated: 'granted', effective: 'granted' });
    expect(judge({ adStorage: 'granted', explicit: true, source: 'tcf' }, at)).toEqual({
      stated: 'granted',
      effective: 'granted',
      source: 'tcf',
    });
    expect(judge({ adStorage: 'denied' }, at)).toEqual({ stated: 'denied', effective: 'denied' });
  });

  test("a tool's default denial denies; a browser's yields to a choice of the shopper", () => {
    const stated = at.reporter === 'browser' ? 'unknown' : 'denied';
    expect(judge({ adStorage: 'denied', explicit: false }, at)).toEqual({ stated, effective: 'denied' });
  });

  test('no statement, and a grant that is only a default, count by the policy', () => {
    const denies = at.policy === 'strict' || (at.policy === 'regional' && optInCountries.has(at.country));
    const effective = denies ? (at.reporter === 'browser' ? 'denied' : 'pending') : 'granted';
    expect(judge({}, at)).toEqual({ stated: 'unknown', effective });
    expect(judge({ adStorage: 'granted', explicit: false, source: 'gcm' }, at)).toEqual({
      stated: 'unknown',
      effective,
      source: 'gcm',
    });
  });

  test('an unreadable statement is no grant', () => {
    const effective = at.reporter === 'browser' ? 'denied' : 'pending';
    expect(judge({ adStorage: 'unreadable' }, at)).toEqual({ stated: 'unknown', effective });
    expect(judge({ adStorage: 'unreadable', explicit: true }, at, true).source).toBe('gpc');
  });

  test('GPC denies unless the grant is explicit', () => {
    const byGpc = { stated: 'denied', effective: 'denied', source: 'gpc' };
    expect(judge({}, at, true)).toEqual(byGpc);
    expect(judge({ adStorage: 'granted' }, at, true)).toEqual(byGpc);
    expect(judge({ adStorage: 'granted', explicit: false }, at, true)).toEqual(byGpc);
    expect(judge({ adStorage: 'granted', explicit: true }, at, true).effective).toBe('granted');
    expect(judge({ adStorage: 'denied', source: 'call' }, at, true)).toEqual({
      stated: 'denied',
      effective: 'denied',
      source: 'call',
    });
  });
});
