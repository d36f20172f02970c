import { expect, it } from 'vitest';
import type { AlertRule } from '../../config/alerts.ts';
import { dayMs } from '../../event/units.ts';
import type { ConnectionConditionInput } from '../../issues/facts/facts.ts';
import type { AlertMute } from '../../storage/ports/alerts.ts';
import { createConnectionInput, createFacts, createSiteFacts, evaluate, findKeys, gibiByte, now } from './evaluate.fixture.ts';
import { listThresholds } from './evaluate-rules.ts';

const paused = createConnectionInput({ pause: { cause: 'blocked', since: now - dayMs } });
const both = createFacts([createSiteFacts([paused]), createSiteFacts([paused], { site: 'other' })]);

it('an open alert ends only when its figure is well below the threshold', () => {
  const cases = [
    { key: 'dead-letters:default/shop/bing', near: { deadLetters: 80 }, ended: { deadLetters: 79 } },
    {
      key: 'rejected-share:default/shop/bing',
      near: { day: { sent: 959, dead: 41 } },
      ended: { day: { sent: 961, dead: 39 } },
    },
  ];
  for (const { key, near, ended } of cases) {
    const judge = (more: Partial<ConnectionConditionInput>, open: ReadonlySet<string>) =>
      findKeys(createFacts([createSiteFacts([createConnectionInput(more)])]), { open });
    expect(judge(near, new Set())).toEqual([]);
    expect(judge(near, new Set([key]))).toEqual([key]);
    expect(judge(ended, new Set([key]))).toEqual([]);
  }
  const disk = new Set(['disk:default']);
  expect(findKeys(createFacts([], { freeBytes: 4.3 * gibiByte }), { open: disk })).toEqual(['disk:default']);
  expect(findKeys(createFacts([], { freeBytes: 4.5 * gibiByte }), { open: disk })).toEqual([]);
});

it('a rule is limited to its sites, and a muted connection has no alert until the mute ends', () => {
  const findMuted = (mute: AlertMute) => findKeys(both, { rules: [{ on: 'paused' }], mutes: [mute] });
  expect(findKeys(both, { rules: [{ on: 'paused', sites: ['other'] }] })).toEqual(['paused:default/other/bing']);
  expect(findMuted({ site: 'shop', connection: 'bing' })).toEqual(['paused:default/other/bing']);
  expect(findMuted({ site: 'shop', connection: 'bing', until: now })).toHaveLength(2);
});

it('messages go to the channels of all rules with one threshold, except for channels of other sites', () => {
  const channels = [{ id: 'ops' }, { id: 'merchant', sites: ['other'] }, { id: 'mail' }];
  const rules: readonly AlertRule[] = [
    { on: 'paused', for: ['ops', 'merchant'] },
    { on: 'paused', for: ['mail', 'ops'] },
  ];
  const judgements = evaluate(both, { rules, channels });
  expect(judgements.filter(({ on }) => on === 'paused').map((one) => [one.site, one.channels])).toEqual([
    ['shop', ['ops', 'mail']],
    ['other', ['ops', 'merchant', 'mail']],
  ]);
});

it('a channel works again only when it accepted a message', () => {
  const judge = (workingChannels: readonly string[]) =>
    evaluate(createFacts([], { workingChannels }), { rules: [], channels: [{ id: 'ops' }] })[0]?.verdict;
  expect([judge([]), judge(['ops'])]).toEqual(['unknown', 'fine']);
});

it('a channel that fails is reported to the first channel that works', () => {
  const failing = (channel: string) => ({
    channel,
    failingSince: now,
    problem: 'the response was HTTP 404',
    isUnclear: false,
    missed: ['a'],
  });
  const channels = [{ id: 'ops' }, { id: 'merchant', sites: ['shop'] }, { id: 'mail' }];
  const judge = (...names: readonly string[]) =>
    evaluate(createFacts([], { channels: names.map(failing), workingChannels: ['merchant', 'mail'] }), { rules: [], channels });
  expect(judge('ops').map((one) => [one.key, one.channels])).toEqual([
    ['channel-failing/ops', ['mail']],
    ['channel-failing/merchant', []],
    ['channel-failing/mail', []],
  ]);
  expect(judge('ops').map(({ verdict }) => verdict === 'fine')).toEqual([false, true, true]);
  expect(judge('ops', 'mail').map((one) => one.channels)).toEqual([[], [], []]);
});

it('the thresholds of rules are those of the condition and the site', () => {
  const rules: readonly AlertRule[] = [{ on: 'accuracy', threshold: 0.95, sites: ['shop'] }, { on: 'accuracy' }, { on: 'disk' }];
  expect([listThresholds(rules, 'accuracy', 'shop'), listThresholds(rules, 'accuracy', 'other')]).toEqual([[0.95], []]);
});

it('a verdict waits for the orders', () => {
  const verdicts = evaluate(createFacts([createSiteFacts([createConnectionInput({ week: 'unread' })])]), {
    rules: [{ on: 'accuracy' }, { on: 'goal-missing' }],
  }).map(({ verdict }) => verdict);
  expect(verdicts).toEqual(['unknown', 'unknown']);
});
