import { describe, expect, it } from 'vitest';
import { agent, createEvent, createPurchase, emailHash, nowSeconds } from '../meta.fixture.ts';
import { defaults, type Settings } from '../settings.ts';
import type { Problem } from './problem.ts';
import { describeProblem } from './problem-texts.ts';
import { validate } from './validate.ts';

const validateEvents = (events: readonly unknown[], overrides: Partial<Settings> = {}) =>
  validate(events, { settings: { ...defaults, ...overrides }, now: nowSeconds * 1_000 + 999, rejects: () => undefined });

function findProblem(event: unknown, overrides: Partial<Settings> = {}): Problem | undefined {
  const verdict = validateEvents([event], overrides);
  return 'problem' in verdict ? verdict.problem : undefined;
}

/** Returns the subcode of an event's problem, and its text for people; undefined for an accepted event. */
function explain(event: unknown, overrides: Partial<Settings> = {}): readonly [number, string] | undefined {
  const problem = findProblem(event, overrides);
  return problem && [problem.subcode, describeProblem(problem, 'en').message];
}

/** Returns the fields with a warning. */
function warnedFields(event: unknown): string[] {
  const verdict = validateEvents([event]);
  return 'accepted' in verdict ? verdict.accepted.flatMap(({ warnings }) => warnings.map(({ field }) => field)) : ['refused'];
}

describe('the members of an event', () => {
  it('pass without a warning if all are documented', () => {
    const event = createPurchase({
      referrer_url: 'https://shop.example/pay',
      opt_out: true,
      data_processing_options: [],
      app_data: {},
      original_event_data: {},
      attribution_data: {},
      customer_segmentation: {},
      messaging_channel: 'messenger',
    });
    expect(findProblem(event)).toBeUndefined();
    expect(warnedFields(event)).toEqual([]);
  });

  it.each([
    [{ value: 1 }, 'Unexpected key "value" on param "$[\'data\'][0]".'],
    [{ 'jane@example.com': 1 }, 'Unexpected key "…" on param "$[\'data\'][0]".'],
    [{ event_name: undefined }, 'Missing key "event_name" on param "$[\'data\'][0]".'],
    [{ event_time: null }, 'Missing key "event_time" on param "$[\'data\'][0]".'],
    [{ user_data: undefined }, 'Missing key "user_data" on param "$[\'data\'][0]".'],
    [{ event_name: ' ' }, "Invalid value on param \"$['data'][0]['event_name']\": must be a non-empty string."],
    [{ event_time: '1790000000' }, "Invalid value on param \"$['data'][0]['event_time']\": must be a UNIX timestamp in seconds."],
    [{ event_time: 1.5 }, "Invalid value on param \"$['data'][0]['event_time']\": must be a UNIX timestamp in seconds."],
    [{ user_data: [] }, "Invalid value on param \"$['data'][0]['user_data']\": must be an object."],
    [{ event_id: 7 }, "Invalid value on param \"$['data'][0]['event_id']\": must be a string."],
    [{ opt_out: 'true' }, "Invalid value on param \"$['data'][0]['opt_out']\": must be a boolean."],
  ])('%o is refused with 2804019 and its path', (changes, message) => {
    expect(explain(createEvent(changes))).toEqual([2_804_019, message]);
  });

  it('are refused with the known sources if the source is unknown', () => {
    expect(explain(createEvent({ action_source: 'Website' }))?.[1]).toContain('must be one of email, website, app');
  });

  it('are checked in the order of the events, and the path names the first bad one', () => {
    const verdict = validateEvents([createEvent(), createEvent({ extra: 1 }), createEvent({ event_time: 1 })]);
    expect(verdict).toMatchObject({ problem: { path: "$['data'][1]" } });
    expect(explain(null)).toEqual([2_804_019, 'Invalid value on param "$[\'data\'][0]": must be an object.']);
  });
});

describe('the age of an event', () => {
  const day = 86_400;
  it.each([
    ['website', 7],
    ['physical_store', 62],
  ])('from %s is at most %i days', (action_source, days) => {
    const aged = (seconds: number) => createEvent({ action_source, event_time: nowSeconds - seconds });
    expect(findProblem(aged(days * day))).toBeUndefined();
    expect(explain(aged(days * day + 1))?.[0]).toBe(2_804_003);
  });
});

describe('customer information', () => {
  const sent = (userData: Readonly<Record<string, unknown>>) => explain(createEvent({ user_data: userData }))?.[0];

  it.each([
    {},
    { client_user_agent: agent },
    { ct: emailHash, country: emailHash, st: [emailHash], zp: emailHash, ge: emailHash, client_user_agent: agent },
    { db: emailHash, client_user_agent: agent },
    { fn: emailHash, ge: emailHash },
    { ln: emailHash, ge: emailHash },
    { em: 'jane@example.com' },
    { em: '' },
    { em: null, fbc: null, fbp: null },
    { em: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'] },
    { fbp: '1098115397' },
    { client_ip_address: 'unknown', client_user_agent: agent },
    { external_id: '  ' },
  ])('%o is not enough', (userData) => {
    expect(sent(userData)).toBe(2_804_050);
  });

  it.each([
    { em: emailHash.toUpperCase() },
    { ph: ['', emailHash] },
    { external_id: 'cust-1' },
    { fbp: 'fb.1.1789990000123.1098115397' },
    { fbc: 'fb.1.1789990000000.IwAR2x-_aem_y' },
    { fbc: 'fb.1.1789990000000.IwAR2x.AQQCAQAA' },
    { client_ip_address: '2001:db8::7', client_user_agent: agent },
    { fn: emailHash, ln: emailHash },
    { db: emailHash, fn: emailHash },
  ])('%o is enough', (userData) => {
    expect(sent(userData)).toBeUndefined();
  });

  it('is accepted with a warning if a key is unusable or unknown', () => {
    const userData = { em: emailHash, ph: '+16505551212', fbp: 'x', email: 'y', client_user_agent: agent };
    expect(warnedFields(createEvent({ user_data: userData }))).toEqual(['user_data.ph', 'user_data.fbp', 'user_data.email']);
  });
});

describe('a purchase', () => {
  const bought = (custom_data: unknown) => explain(createPurchase({ custom_data }));

  it('needs a numeric value, and 0 is one', () => {
    expect(bought({ value: 0, currency: 'EUR' })).toBeUndefined();
    for (const custom of [undefined, { currency: 'EUR' }, { value: '5', currency: 'EUR' }, { value: null, currency: 'EUR' }])
      expect(bought(custom)?.[0]).toBe(2_804_009);
  });

  it('needs a currency of ISO 4217, in any case', () => {
    expect(bought({ value: 1, currency: 'eur' })).toBeUndefined();
    expect(bought({ value: 1 })).toEqual([2_804_019, 'Missing key "currency" on param "$[\'data\'][0][\'custom_data\']".']);
    expect(bought({ value: 1, currency: 'XYQ' })?.[0]).toBe(2_804_019);
  });

  it('has no rules of its own under another spelling', () => {
    expect(findProblem(createEvent({ event_name: 'purchase' }))).toBeUndefined();
  });
});

describe('limited data use', () => {
  const address = { em: emailHash, client_ip_address: '203.0.113.7' };
  it.each([
    ['a country and a state', { country: 1, state: 1_000 }, {}, undefined],
    ['neither, with an address', { country: 0, state: 0 }, address, undefined],
    ['neither, without an address', { country: 0, state: 0 }, {}, 2_804_030],
    ['nothing, without an address', {}, {}, 2_804_030],
    ['a country alone', { country: 1 }, address, 2_804_030],
  ])('is checked with %s', (_, { country, state }: { country?: number; state?: number }, userData, subcode) => {
    const event = createEvent({
      data_processing_options: ['LDU'],
      data_processing_options_country: country,
      data_processing_options_state: state,
      user_data: { em: emailHash, ...userData },
    });
    expect(explain(event)?.[0]).toBe(subcode);
  });
});

describe('rules that Meta was seen not to apply', () => {
  it.each([
    ['event_time', { event_time: nowSeconds + 61 }],
    ['event_name', { event_name: 'x'.repeat(51) }],
    ['event_source_url', { event_source_url: undefined }],
    ['event_source_url', { event_source_url: 'shop.example' }],
    ['user_data.client_user_agent', { user_data: { em: emailHash } }],
  ])('%s is a warning, and refused in strict mode: %o', (field, changes) => {
    const event = createEvent(changes);
    expect(warnedFields(event)).toEqual([field]);
    expect(explain(event, { strict: true })?.[0]).toBe(2_804_019);
  });

  it('accept the limits themselves, and other sources without URL and agent, in strict mode', () => {
    const limits = createEvent({ event_time: nowSeconds + 60, event_name: 'x'.repeat(50) });
    const call = createEvent({ action_source: 'phone_call', event_source_url: undefined, user_data: { em: emailHash } });
    expect([findProblem(limits, { strict: true }), findProblem(call, { strict: true })]).toEqual([undefined, undefined]);
  });
});

describe('a warning', () => {
  it.each([
    ['event_id', { event_id: undefined }],
    ['custom_data.eventID', { custom_data: { eventID: 'ord-1' } }],
    ['user_data.fbc', { user_data: { fbc: `fb.1.${(nowSeconds - 90 * 86_400) * 1_000 - 1}.IwAR2x`, client_user_agent: agent } }],
  ])('names %s', (field, changes) => {
    expect(warnedFields(createEvent(changes))).toEqual([field]);
  });
});
