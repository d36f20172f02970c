import { describe, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { describeMissingKey, missingKeyCodes } from '../../event/missing-match-keys.ts';
import { dayMs, hourMs } from '../../event/units.ts';
import { emptyProfile, type VisitorProfile } from '../../identity/visitor-profile.ts';
import { buildEvent, createSha256, start } from '../delivery.fixture.ts';
import { mergeReports } from '../planning/merge-reports.ts';
import { enrichFromProfile, type LoadedProfiles, noProfiles } from './enrich-from-profile.ts';
import { explainMatchKeys } from './explain-missing-keys.ts';

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
function explain(event: Event, known: LoadedProfiles = noProfiles) {
  return explainMatchKeys(enrichFromProfile(mergeReports([event]), known).event, known);
}
const lacks = (event: Event, known?: LoadedProfiles) => explain(event, known).lacks;

describe('explainMatchKeys', () => {
  it("gives a server's event without identity a reason for each key", () => {
    expect(explain(fromServer())).toEqual({
      keys: [],
      lacks: {
        msclkid: 'no-visitor',
        email: 'no-visitor',
        phone: 'no-visitor',
        visitor: 'no-visitor',
        'external-id': 'not-signed-in',
        address: 'server-without',
        agent: 'server-without',
      },
    });
  });

  it("reports an anonymous shopper without a click for a browser's page view", () => {
    expect(explain(fromBrowser(), visitor(visited))).toEqual({
      keys: ['visitor', 'address', 'agent'],
      lacks: { msclkid: 'no-click', email: 'anonymous', phone: 'anonymous', 'external-id': 'not-signed-in' },
    });
  });

  it("gives an order that a browser reported too the browser's keys, and no reason for them", () => {
    const order = fromServer(named({ forms: email }));
    expect(explain(order, byOrder(clicked))).toEqual({
      keys: ['msclkid', 'email', 'visitor', 'address', 'agent'],
      lacks: { phone: 'not-collected', 'external-id': 'not-signed-in' },
    });
  });

  it('gives every key of a denied event the reason consent, whatever the event contains', () => {
    const denied = fromBrowser({ consent: { stated: 'denied', effective: 'denied' }, ...named({ forms: email }) });
    const { keys, lacks: reasons } = explain(denied, visitor(clicked));
    expect(keys).toEqual([]);
    expect(new Set(Object.values(reasons))).toEqual(new Set(['consent']));
    expect(Object.keys(reasons)).toHaveLength(7);
  });

  it("reports a visitor whom no browser reported for a server's own visitor id", () => {
    const event = fromServer(named({ anonymousId: 'session-7' }));
    expect(lacks(event, visitor({ ...emptyProfile, grantedAt: start }))).toMatchObject({
      msclkid: 'no-browser',
      email: 'anonymous',
    });
    expect(lacks(event)).toMatchObject({ msclkid: 'no-browser' });
    expect(lacks(event, visitor(visited))).toMatchObject({ msclkid: 'no-click' });
  });

  it('ignores a click that is more than 90 days older than the event, or newer', () => {
    for (const when of [start - 90 * dayMs, start + 1]) {
      const profile = { ...visited, clicks: { msclkid: [{ at: when, value: 'c' }] } };
      expect(lacks(fromBrowser(), visitor(profile)).msclkid).toBe('no-click');
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
    ['msclkid', 'clickIds.msclkid', 'click-id-malformed', 'unreadable'],
    ['email', 'user.email', 'email-malformed', 'unreadable'],
    ['email', 'user.emailSha256', 'hash-malformed', 'unreadable'],
    ['phone', 'user.phone', 'phone-not-possible', 'unreadable'],
    ['visitor', 'user.anonymousId', 'id-is-personal', 'unreadable'],
    ['external-id', 'user.externalId', 'hash-malformed', 'unreadable'],
    ['address', 'user.ip', 'malformed', 'unreadable'],
    ['address', 'user.ip', 'address-not-public', 'not-public'],
  ] as const)('%s that could not be used, by %s %s, is %s', (key, field, code, expected) => {
    expect(lacks(fromServer(warned(field, code)))[key]).toBe(expected);
  });

  it("a warning about another report's key is not that key's reason", () => {
    const event = mergeReports([fromServer(warned('user.phone')), fromBrowser(named({ anonymousId: 'v', forms: phone }))]);
    expect(explainMatchKeys(event, noProfiles)).toMatchObject({ keys: ['phone', 'visitor', 'address', 'agent'] });
    expect(explainMatchKeys(event, noProfiles).lacks).not.toHaveProperty('phone');
  });

  it("a proxy removed a browser's address and agent, because they are in its request", () => {
    expect(lacks(fromBrowser({ client: {} }))).toMatchObject({ address: 'not-told', agent: 'not-told' });
  });
});

it('every reason has a text, and an unknown code has none', () => {
  expect(missingKeyCodes.length).toBeGreaterThan(20);
  for (const { key, code } of missingKeyCodes) expect(describeMissingKey(key, code)?.says, `${key} ${code}`).toMatch(/\.$/);
  expect(describeMissingKey('email', 'no-click')).toBeUndefined();
  expect(describeMissingKey('email', 'toString')).toBeUndefined();
});
