import { expect, test } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import { createState } from '../../storage/ports/store.fixture.ts';
import { describeConnectionHealth, describeProblem, mentionDeadPurchases } from './connection-health.ts';

test('a healthy connection mentions the purchases that it could not deliver', () => {
  const healthy = { health: 'healthy', says: 'Delivering.' } as const;
  expect(mentionDeadPurchases(healthy, 0)).toEqual(healthy);
  expect(mentionDeadPurchases(healthy, 1)).toEqual({
    health: 'healthy',
    says: 'Delivering. 1 purchase could not be delivered: see the failed events.',
  });
});

test('a connection is healthy only once the platform confirmed an event or accepted the credential', () => {
  const describe = (counts: { delivered?: number; 'awaiting-verdict'?: number }, more: Partial<ConnectionState> = {}) => {
    const state = { ...createState('1'), settingsChangedAt: now, ...more };
    return describeConnectionHealth({ enabled: true, state, counts, waiting: 0 }, now);
  };
  expect(describe({})).toMatchObject({ health: 'unconfirmed', says: expect.stringMatching(/^Not yet confirmed\./) });
  expect(describe({ 'awaiting-verdict': 1 })).toMatchObject({
    health: 'unconfirmed',
    says: expect.not.stringContaining('Delivering'),
  });
  expect(describe({}, { provenAt: now - 1 }).health).toBe('unconfirmed');
  expect(describe({}, { provenAt: now }).health).toBe('healthy');
});

test('a connection is said to deliver only after a request of the last day that was accepted with the current settings', () => {
  const describe = (more: Partial<ConnectionState>, waiting = 0) => {
    const state = { ...createState('1'), settingsChangedAt: now - 2 * dayMs, ...more };
    return describeConnectionHealth({ enabled: true, state, counts: { delivered: 5 }, waiting }, now);
  };
  expect(describe({ takenAt: now - hourMs })).toEqual({ health: 'healthy', says: 'Delivering.' });
  const idle = { takenAt: now - dayMs };
  const last = 'The platform accepted the last request on 2026-11-30 12:00:00 UTC.';
  expect(describe(idle)).toEqual({ health: 'healthy', says: `Up to date. ${last}` });
  expect(describe(idle, 3)).toEqual({ health: 'healthy', says: `Waiting: 3 events. ${last}` });
  const changed = { takenAt: now - hourMs, settingsChangedAt: now - minuteMs };
  const unknown = 'No request with events is known to be accepted since the settings changed.';
  for (const state of [changed, {}])
    expect(describe(state)).toEqual({
      health: 'unconfirmed',
      says: `Not yet confirmed. ${unknown} Test the connection, or send a test event.`,
    });
  expect(describe({ ...changed, provenAt: now })).toEqual({
    health: 'healthy',
    says: `Ready. The platform accepts the credential. ${unknown}`,
  });
});

test('no other sentence claims that a connection delivers without such a request', () => {
  const rejections = { verdicts: '1'.repeat(500), rejectedAt: now };
  for (const more of [{ browser: rejections }, { misfitAt: now }, { unverified }]) {
    expect(describeState({ ...more, takenAt: now - hourMs + 1 }).says).toMatch(/^Delivering\./);
    for (const unproven of [{}, { takenAt: now - hourMs, settingsChangedAt: now }]) {
      const { health, says } = describeState({ ...more, ...unproven });
      expect(health).not.toBe('healthy');
      expect(says).not.toMatch(/Delivering|confirms events/);
    }
  }
  const awaiting = describeState({}, { counts: { 'awaiting-verdict': 1 } });
  expect(awaiting).toEqual({ health: 'unconfirmed', says: 'The platform has not confirmed an event yet.' });
});

test('a failing platform is described by the status and the number of failures in a row', () => {
  const failing = { ...breaker, failures: 32, failedProbes: 4, status: 503 };
  expect(describeState({ breaker: failing }).says).toContain('HTTP 503, 32 times in a row.');
  expect(describeState({ breaker: { ...breaker, failures: 1, status: 429 } }).says).toContain('HTTP 429, once.');
  expect(describeState({ breaker: { ...breaker, failures: 2 } }).says).toContain('no answer, 2 times in a row.');
  expect(describeState({ breaker: { ...breaker, failures: 8, code: 'ECONNREFUSED' } }).says).toContain(
    'connection refused, 8 times in a row.',
  );
});

test('no sentence has a time relative to now, which would grow old where it is shown', () => {
  const issue = { field: '', code: 'x', message: 'Refused.' };
  for (const more of [
    { pause: { cause: 'blocked', issue, since: now, probeAt: now + minuteMs } },
    { breaker },
    { breaker: { ...breaker, failedProbes: 1 } },
    { breaker, wait: { until: now + dayMs } },
    { breaker, unconfirmed: { attempt: 'a', since: now, tries: 1 } },
  ] as const)
    for (const facts of [{}, { losesAt: now + hourMs }])
      expect(describeState(more, facts).says).not.toMatch(/\bin (?:about )?\d/);
});

test('events that are too old only by a suspect clock are said to wait, in every state of the connection', () => {
  const blocked = { cause: 'blocked', issue: { field: '', code: 'x', message: 'Refused.' }, since: now, probeAt: null } as const;
  for (const more of [{}, { breaker }, { pause: blocked }]) {
    const { health, says } = describeState(more, { losesAt: now - 1, isClockSuspect: true });
    expect(health).not.toBe('healthy');
    expect(says).toMatch(/^The oldest waiting events seem too old for the platform, but the clock/);
    expect(says).not.toContain('are then lost');
    expect(describeState(more, { losesAt: now - 1 }).says).toContain('are then lost');
    expect(describeState(more, { losesAt: now + hourMs, isClockSuspect: true }).says).toContain('and are then lost');
  }
});

test('a pause is described by its operator, place and time', () => {
  const issue = { field: 'connection', code: 'operator', message: 'An operator paused the connection. Resume it.' };
  const account = `account:${'a'.repeat(16)}`;
  const says = [{ by: { account }, operator: 'anna' }, { by: { account } }, { by: {} }, {}].map(
    ({ by, operator }: { by?: { account?: string }; operator?: string }) =>
      describeState({ pause: { cause: 'operator', issue, since: now, probeAt: null, ...(by && { by }) } }, { operator }).says,
  );
  expect(says).toEqual([
    expect.stringContaining('The operator anna paused the connection, on 2026-12-01 12:00:00 UTC.'),
    expect.stringContaining('An operator whose account was removed paused the connection, on 2026-12-01 12:00:00 UTC.'),
    expect.stringContaining('An operator paused the connection on the command line, on 2026-12-01 12:00:00 UTC.'),
    expect.stringContaining('An operator paused the connection, on 2026-12-01 12:00:00 UTC.'),
  ]);
});

test('a connection with another problem mentions only that problem', () => {
  const paused = { health: 'paused', says: 'An operator paused it.' } as const;
  expect(mentionDeadPurchases(paused, 3)).toEqual(paused);
});

test('a connection that may not deliver is a problem with its health', () => {
  const says = 'The platform refuses the token.';
  for (const health of ['healthy', 'unconfirmed'] as const) expect(describeProblem({ health, says })).toBeUndefined();
  for (const health of ['degraded', 'unhealthy', 'paused', 'disabled'] as const)
    expect(describeProblem({ health, says })).toBe(`The connection is ${health}. The platform refuses the token.`);
});

test('an enabled connection is unhealthy while no gateway delivers', () => {
  const facts = { state: undefined, counts: { delivered: 1 }, waiting: 1, undeliveredSince: 1_795_514_400_000 };
  const { health, says } = describeConnectionHealth({ enabled: true, ...facts }, 1_795_514_500_000);
  expect([health, says]).toEqual([
    'unhealthy',
    expect.stringMatching(
      /^No gateway with the role `deliver` runs, since 2026-11-24 \d\d:\d\d.* UTC or earlier\. Events wait\. Start/,
    ),
  ]);
  const late = describeConnectionHealth({ enabled: true, ...facts, losesAt: 1_795_518_100_000 }, 1_795_514_500_000);
  expect(late.says).toMatch(/too old for the platform on .* UTC and .* Start such a gateway before then\./);
  expect(late.says).not.toContain('No event is lost');
  expect(describeConnectionHealth({ enabled: false, ...facts }, 1_795_514_500_000).health).toBe('disabled');
});

const now = Date.UTC(2026, 11, 1, 12, 0);
const describeState = (
  more: Partial<ConnectionState>,
  facts: {
    readonly losesAt?: number;
    readonly keptUntil?: number;
    readonly at?: number;
    readonly noun?: 'receiver';
    readonly operator?: string | undefined;
    readonly isClockSuspect?: boolean;
    readonly counts?: { readonly 'awaiting-verdict': number };
  } = {},
) =>
  describeConnectionHealth(
    {
      enabled: true,
      state: { ...createState('1'), ...more },
      counts: { delivered: 1 },
      waiting: 1,
      maxAgeMs: 7 * dayMs,
      ...facts,
    },
    facts.at ?? now,
  );

test('a connection to a receiver names no platform in any state', () => {
  const states: readonly Partial<ConnectionState>[] = [
    {},
    { takenAt: now - 2 * dayMs },
    { provenAt: now },
    { breaker },
    { breaker: { ...breaker, failedProbes: 1 } },
    { breaker, wait: { until: now + dayMs } },
    { unconfirmed: settled, unverified },
    { breaker, unconfirmed: { attempt: 'a', since: now, tries: 1 } },
    { unverified, takenAt: now },
    { misfitAt: now },
    { browser: { verdicts: '1'.repeat(500), rejectedAt: now } },
  ];
  const described = states.flatMap((state) =>
    [{}, { losesAt: now + hourMs }].map((more) => describeState(state, { ...more, noun: 'receiver' }).says),
  );
  expect(described.filter((says) => says.includes('platform'))).toEqual([]);
  expect(described.filter((says) => says.includes('The receiver')).length).toBeGreaterThan(5);
});

const breaker = { failures: 1, recent: [], failedProbes: null, notBefore: now + 30 * minuteMs };
const settled = { attempt: 'a', since: now - hourMs, tries: 3, isSettled: true };
const unverified = { from: now - 2 * hourMs, until: now - hourMs, events: 12 };

test('a connection that sends nothing names the same time of the first loss as its issue, however far away', () => {
  const at = '2026-12-07 11:00:00';
  const keptUntil = Date.parse(`${at}Z`);
  const pause = { cause: 'operator', issue: { field: '', code: 'operator', message: '' }, since: now, probeAt: null } as const;
  const stopped: readonly Partial<ConnectionState>[] = [{ pause }, { breaker: { ...breaker, failedProbes: 1 } }];
  for (const state of stopped) {
    expect(describeState(state, { keptUntil }).says).toContain(`No event is lost before ${at} UTC, when the oldest becomes`);
    expect(describeState(state).says).toContain('An event waits until it is too old for the platform.');
  }
  const off = { enabled: false, state: undefined, counts: {}, waiting: 1, keptUntil };
  expect(describeConnectionHealth(off, now).says).toContain(`enable the connection. No event is lost before ${at} UTC`);
  expect(describeConnectionHealth(off, keptUntil).says).toContain('The oldest waiting events are too old for the platform.');
});

test('a wait that the platform asked for is named with its time and the next probe', () => {
  const { health, says } = describeState({ breaker, wait: { until: now + 6 * dayMs } });
  expect(health).toBe('degraded');
  expect(says).toContain('asked to wait until 2026-12-07T12:00Z or longer');
  expect(says).toContain('probes it each hour without an event, and goes on');
});

test('answers in an unknown form degrade a connection before and after their events are unverified', () => {
  expect(describeState({ breaker, unconfirmed: { attempt: 'a', since: now, tries: 1 } })).toMatchObject({
    health: 'degraded',
    says: expect.stringContaining('in an unknown form, so the events do not count as delivered and are sent again'),
  });
  const { health, says } = describeState({ unconfirmed: settled, unverified });
  expect([health, says.includes('12 events may have arrived and count as unverified')]).toEqual(['degraded', true]);
});

test('answers in an unknown form are named before an open breaker, which is not said to lose no event', () => {
  const unconfirmed = { since: now - hourMs, tries: 9 };
  const { health, says } = describeState({ breaker: { ...breaker, failures: 9, failedProbes: 4 }, unconfirmed });
  expect(health).toBe('unhealthy');
  expect(says).toContain('in an unknown form, so the events do not count as delivered');
  expect(says).not.toContain('No event is lost');
});

test('a confirmed answer offers a replay of the unverified events until they are too old', () => {
  const { health, says } = describeState({ unverified, takenAt: now });
  expect(health).toBe('healthy');
  expect(says).toContain('The platform confirms events again. Before, it answered in an unknown form');
  expect(says).toContain('replay the events from 2026-12-01T10:00Z to 2026-12-01T11:01Z');
  expect(describeState({ unverified, takenAt: now + 7 * dayMs - 1 }, { at: now + 7 * dayMs }).says).toBe('Delivering.');
});

test('nothing is said to be safe once the oldest waiting event is about to become too old', () => {
  const issue = { field: '', code: 'x', message: 'Refused.' };
  for (const more of [
    { pause: { cause: 'blocked', issue, since: now, probeAt: null } },
    { breaker: { ...breaker, failedProbes: 1 } },
    { breaker, wait: { until: now + dayMs } },
    { unconfirmed: settled, unverified },
    { breaker, unconfirmed: { attempt: 'a', since: now, tries: 1 } },
    { misfitAt: now },
    {},
  ] as const) {
    const { health, says } = describeState(more, { losesAt: now + hourMs });
    expect(health).not.toBe('healthy');
    expect(says).toMatch(/^The oldest waiting events become too old for the platform on [\d: -]+ UTC and/);
    expect(says).not.toMatch(/Delivering|Sending\./);
    expect(says).not.toMatch(/no event is lost|nothing is lost/i);
  }
});
