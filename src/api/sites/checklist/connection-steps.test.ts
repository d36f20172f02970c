import { describe, expect, it } from 'vitest';
import { meta } from '../../../destinations/meta/meta.ts';
import { microsoft } from '../../../destinations/microsoft/microsoft.ts';
import type { ConnectionEntry } from '../../../sites/merge-sites.ts';
import type { ConnectionState } from '../../../storage/ports/connection-state.ts';
import { connectionSteps, type ObservedConnection } from './connection-steps.ts';

const at = 1_795_514_400_000;

describe('the steps of connections', () => {
  const entry: ConnectionEntry = {
    id: 'bing',
    destination: 'microsoft',
    origin: 'dashboard',
    enabled: true,
    settings: {},
    secrets: ['token'],
  };
  const state = (pause: ConnectionState['pause']): ConnectionState => ({
    cursor: '',
    pause,
    breaker: { failures: 0, recent: [], failedProbes: null, notBefore: 0 },
    verdicts: '',
    settingsDigest: '',
    settingsChangedAt: 0,
    inDoubt: 0,
  });
  const issue = { field: 'settings.token', code: 'token-refused', message: 'Copy the token again.' };
  const paused = (cause: 'blocked' | 'operator') => state({ cause, issue, since: at, probeAt: null });
  const getStates = (...connections: readonly ObservedConnection[]) =>
    Object.fromEntries(connectionSteps(connections, [microsoft]).map((step) => [step.id, step.state]));
  const all = (connectionState: string, accepted: string, delivered: string, stuck: string) => ({
    'connection-made': connectionState,
    'credential-accepted': accepted,
    'first-delivered': delivered,
    'nothing-stuck': stuck,
  });

  it.each<[string, readonly ObservedConnection[], ReturnType<typeof all>]>([
    ['there is no connection', [], all('waiting', 'waiting', 'waiting', 'waiting')],
    ['the connection is disabled', [{ entry: { ...entry, enabled: false } }], all('waiting', 'waiting', 'waiting', 'waiting')],
    ['the connection is new', [{ entry, state: state(null) }], all('done', 'waiting', 'waiting', 'waiting')],
    ['the connection delivers', [{ entry, state: state(null), deliveredAt: at }], all('done', 'done', 'done', 'done')],
    ['the token is refused', [{ entry, state: paused('blocked'), deliveredAt: at }], all('done', 'problem', 'done', 'problem')],
    ['an operator paused the connection', [{ entry, state: paused('operator') }], all('done', 'waiting', 'waiting', 'problem')],
    [
      'the platform fails',
      [{ entry, state: { ...state(null), breaker: { failures: 9, recent: [], failedProbes: 2, notBefore: at, status: 503 } } }],
      all('done', 'waiting', 'waiting', 'problem'),
    ],
    [
      'a probe accepted the credential after the last change of the settings',
      [{ entry, state: { ...state(null), settingsChangedAt: at, provenAt: at } }],
      all('done', 'done', 'waiting', 'waiting'),
    ],
    [
      'there are failed events',
      [{ entry, state: state(null), deliveredAt: at, lastDeadAt: at }],
      all('done', 'done', 'done', 'problem'),
    ],
    [
      'the connection is a simulator',
      [{ entry: { ...entry, isSimulated: true }, state: { ...state(null), verdicts: '0' }, deliveredAt: at }],
      all('waiting', 'waiting', 'done', 'done'),
    ],
    [
      'the connection cannot run',
      [{ entry: { ...entry, problem: 'Enter the secret again.' } }],
      all('problem', 'waiting', 'waiting', 'waiting'),
    ],
  ])('have their states if %s', (_, connections, states) => {
    expect(getStates(...connections)).toEqual(states);
  });

  it('name the worst connection, and count the others with a problem once each', () => {
    const failing = { ...state(null), breaker: { failures: 9, recent: [], failedProbes: 2, notBefore: at, status: 503 } };
    const read = (...connections: readonly ObservedConnection[]) =>
      connectionSteps(connections, [microsoft]).find(({ id }) => id === 'nothing-stuck')?.says;
    const troubled: readonly ObservedConnection[] = [
      { entry: { ...entry, id: 'one' }, state: failing, lastDeadAt: at },
      { entry: { ...entry, id: 'two' }, state: paused('blocked') },
      { entry: { ...entry, id: 'three' }, state: state(null), deliveredAt: at },
    ];
    expect(read(...troubled)).toMatch(/two.* is paused: Copy the token again\. 1 more connection has a problem\.$/);
    expect(read(...troubled, { entry, state: failing })).toMatch(/ 2 more connections have a problem\.$/);
  });

  it('prove the guides of the platform that they are about', () => {
    const simulated: ObservedConnection = { entry: { ...entry, isSimulated: true }, state: state(null), deliveredAt: at };
    const real: ObservedConnection = {
      entry: { ...entry, id: 'meta', destination: 'meta' },
      state: state(null),
      deliveredAt: at,
    };
    const steps = connectionSteps([simulated, real], [microsoft, meta]);
    const proven = steps.filter(({ provesGuide }) => provesGuide).map(({ id, guide }) => [id, guide]);
    expect(proven).toEqual([
      ['connection-made', meta.setup?.guides.settings],
      ['credential-accepted', meta.setup?.guides.credential],
    ]);
  });

  it('name the platform, and the connection if the platform has several', () => {
    const getText = (...connections: readonly ObservedConnection[]) =>
      connectionSteps(connections, [microsoft]).find(({ id }) => id === 'connection-made')?.says;
    expect(getText({ entry })).toBe(`Events are sent to ${microsoft.name}.`);
    expect(getText({ entry }, { entry: { ...entry, isSimulated: true } })).toContain(`, ${microsoft.name} (simulator).`);
    expect(getText({ entry }, { entry: { ...entry, id: 'eu' } })).toBe(
      `Events are sent to ${microsoft.name} (bing), ${microsoft.name} (eu).`,
    );
  });
});
