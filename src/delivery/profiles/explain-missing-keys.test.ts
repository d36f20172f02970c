import { describe, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { describeMissingKey, missingKeyCodes } from '../../event/missing-match-keys.ts';
import { dayMs, hourMs } from '../../event/units.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import { buildEvent, createSha256, start } from '../delivery.fixture.ts';
import { mergeReports } from '../planning/merge-reports.ts';
import { enrichFromProfile, type LoadedProfiles, noProfiles } from './enrich-from-profile.ts';
import { explainMissingKeys, getMissingReason } from './explain-missing-keys.ts';

const at = start - hourMs;
const email = { emailPlain: createSha256('a') };
const phone = { phoneDigits: createSha256('b') };
const browser = { ip: '203.0.113.42', userAgent: 'Mozilla/5.0' };
const visited: VisitorProfile = { ...emptyProfile, clients: [{ at, value: browser }], grantedAt: at };
const clicked: VisitorProfile = { ...visited, clicks: { msclkid: [{ at, value: 'c' }] } };
const person = (value: Partial<VisitorProfile['persons'][number]['value']>): VisitorProfile => ({
  ...visited,
  persons: [{ at, value: { forms: {}, isNew: true, ...value } }],
});
const visitor = (profile: VisitorProfile): LoadedProfiles => ({ own: profile, linked: [] });
const byOrder = (profile: VisitorProfile): LoadedProfiles => ({ linked: [{ by: 'order', visitor: 'v', profile }] });

const fromServer = (more: Partial<Event> = {}) => buildEvent('a', { reporter: 'server', ...more });
const fromBrowser = ({ identity, ...more }: Partial<Event> = {}) =>
  buildEvent('a', { client: browser, ...more, identity: { forms: {}, clickIds: {}, anonymousId: 'v', ...identity } });
const named = (identity: Partial<Event['identity']>): Pick<Event, 'identity'> => ({
  identity: { forms: {}, clickIds: {}, ...identity },
});
const warned = (field: string, code = 'malformed'): Pick<Event, 'warnings'> => ({ warnings: [{ field, code, message: '' }] });

/** Enriches the event first, as the planner does. */
function lacks(event: Event, known: LoadedProfiles = noProfiles) {
  return explainMissingKeys(enrichFromProfile(mergeReports([event]), known).event, known);
}

describe('explainMissingKeys', () => {
  it("gives a server's event without identity a reason for each subject", () => {
    expect(lacks(fromServer())).toEqual({
      'click-id': 'no-visitor',
      'browser-id': 'no-visitor',
      email: 'no-visitor',
      phone: 'no-visitor',
      visitor: 'no-visitor',
      'external-id': 'not-signed-in',
      address: 'server-without',
      agent: 'server-without',
      name: 'not-sent',
      'postal-address': 'not-sent',
      'birth-and-gender': 'not-sent',
    });
  });

  it('gives an event of a hook that is not signed the reasons of a server', () => {
    const ofHook = lacks(buildEvent('a', { reporter: 'browser', via: 'hook:crm' }));
    expect(ofHook).toEqual(lacks(fromServer()));
  });

  it("reports an anonymous shopper without a click for a browser's page view", () => {
    expect(lacks(fromBrowser(), visitor(visited))).toMatchObject({
      'click-id': 'no-click',
      'browser-id': 'no-cookie',
      email: 'anonymous',
      phone: 'anonymous',
      'external-id': 'not-signed-in',
      name: 'not-sent',
    });
  });

  it('reports an order with an e-mail address, but without a phone number, as not collected', () => {
    const order = fromServer(named({ forms: email }));
    expect(lacks(order, byOrder(clicked))).toMatchObject({ phone: 'not-collected', 'external-id': 'not-signed-in' });
  });

  it('gives every key of a denied event the reason consent, whatever the event contains', () => {
    const denied = fromBrowser({ consent: { stated: 'denied', effective: 'denied' }, ...named({ forms: email }) });
    const reasons = lacks(denied, visitor(clicked));
    expect(new Set(Object.values(reasons))).toEqual(new Set(['consent']));
    expect(Object.keys(reasons)).toEqual(Object.keys(lacks(fromServer())));
  });

  it("reports a visitor whom no browser reported for a server's own visitor id", () => {
    const event = fromServer(named({ anonymousId: 'session-7' }));
    expect(lacks(event, visitor({ ...emptyProfile, grantedAt: start }))).toMatchObject({
      'click-id': 'no-browser',
      email: 'anonymous',
    });
    expect(lacks(event)).toMatchObject({ 'click-id': 'no-browser' });
    expect(lacks(event, visitor(visited))).toMatchObject({ 'click-id': 'no-click' });
  });

  it('ignores a click that is more than 90 days older than the event, or newer', () => {
    for (const when of [start - 90 * dayMs, start + 1]) {
      const profile = { ...visited, clicks: { msclkid: [{ at: when, value: 'c' }] } };
      expect(lacks(fromBrowser(), visitor(profile))['click-id']).toBe('no-click');
    }
  });

  it("reports another person's e-mail, phone or customer id on the same browser as not used", () => {
    const other = person({ forms: { ...email, ...phone }, externalId: createSha256('c') });
    const event = fromBrowser(named({ anonymousId: 'v', externalId: createSha256('d') }));
    expect(lacks(event, visitor(other))).toMatchObject({ email: 'somebody-else', phone: 'somebody-else' });
    const withPhone = fromBrowser(named({ anonymousId: 'v', forms: { phoneDigits: createSha256('e') } }));
    expect(lacks(withPhone, visitor(other))).toMatchObject({ email: 'somebody-else', 'external-id': 'somebody-else' });
  });

  it('ignores observations after the event', () => {
    const later: VisitorProfile = {
      ...visited,
      persons: [{ at: start + 1, value: { forms: { ...email, ...phone }, isNew: true } }],
    };
    expect(lacks(fromBrowser(), visitor(later))).toMatchObject({ email: 'anonymous', phone: 'anonymous' });
  });

  it.each([
    ['click-id', 'msclkid', 'clickIds.msclkid', 'click-id-malformed', 'unreadable'],
    ['click-id', 'msclkid', 'clickIds.acmeclid', 'click-id-malformed', 'no-visitor'],
    ['browser-id', '_acme', 'browserIds._acme', 'malformed', 'unreadable'],
    ['email', undefined, 'user.email', 'email-malformed', 'unreadable'],
    ['email', undefined, 'user.emailSha256', 'hash-malformed', 'unreadable'],
    ['phone', undefined, 'user.phone', 'phone-not-possible', 'unreadable'],
    ['visitor', undefined, 'user.anonymousId', 'id-is-personal', 'unreadable'],
    ['external-id', undefined, 'user.externalId', 'hash-malformed', 'unreadable'],
    ['address', undefined, 'user.ip', 'malformed', 'unreadable'],
    ['address', undefined, 'user.ip', 'address-not-public', 'not-public'],
  ] as const)('the %s %s that could not be used, by %s %s, is %s', (subject, source, field, code, expected) => {
    const event = fromServer(warned(field, code));
    const topic = { subject, ...(source !== undefined && { source }) };
    expect(getMissingReason(lacks(event), topic, mergeReports([event]))).toBe(expected);
  });

  it('an address that the event or its visitor has, and a payload lacks, was withheld by the settings', () => {
    expect(lacks(fromBrowser())).toMatchObject({ address: 'withheld' });
    expect(lacks(fromServer(named({ anonymousId: 'v' })), visitor(visited))).toMatchObject({ address: 'withheld' });
    const denied = fromBrowser({ consent: { stated: 'denied', effective: 'denied' } });
    expect(lacks(denied)).toMatchObject({ address: 'consent' });
  });

  it("a proxy removed a browser's address and agent, because they are in its request", () => {
    expect(lacks(fromBrowser({ client: {} }))).toMatchObject({ address: 'not-told', agent: 'not-told' });
  });
});

it('every reason has a text, which names the click id or cookie, and an unknown code has none', () => {
  expect(missingKeyCodes.length).toBeGreaterThan(30);
  for (const { subject, code } of missingKeyCodes) {
    const reason = describeMissingKey({ subject, source: 'acmeclid' }, code);
    expect(reason?.says, `${subject} ${code}`).toMatch(/\.$/);
    expect(`${reason?.says} ${reason?.remedy}`).not.toContain('{source}');
  }
  const topic = { subject: 'click-id', source: 'acmeclid' } as const;
  expect(describeMissingKey(topic, 'no-click')?.remedy).toContain('no redirect removes `acmeclid`');
  expect(describeMissingKey({ subject: 'email' }, 'no-click')).toBeUndefined();
  expect(describeMissingKey({ subject: 'email' }, 'toString')).toBeUndefined();
});
