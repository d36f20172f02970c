import { expect, it } from 'vitest';
import type { AlertSettingsView, AlertsView } from '../../../api/client.ts';
import { alertRuleSchema } from '../../../config/alerts.ts';
import { alertConditionNames, alertConditions } from '../../../event/alert-conditions.ts';
import { describeZero, findUnreportedAlerts, getRuleErrors, listRuleFields, toAlertSettings, toFormValue } from './alert-form.ts';
import { toChannelInput } from './channel-input.ts';

const conditions: AlertsView['conditions'] = [
  { on: 'paused', description: '', unit: 'minutes', threshold: 15, scope: 'connection' },
  { on: 'oldest-undelivered', description: '', unit: 'hours', threshold: 6, scope: 'connection' },
  { on: 'accuracy', description: '', unit: 'share', threshold: 0.9, scope: 'connection' },
];
const settings: AlertSettingsView = {
  origin: 'dashboard',
  revision: 'r',
  channels: [{ id: 'ops', type: 'slack', settings: { sites: ['shop'] }, secrets: ['url'] }],
  rules: [],
  hasDefaultRules: true,
  digest: 'weekly',
  timeZone: 'UTC',
};

it('every condition is enabled when there are no rules', () => {
  const { rules } = toFormValue(settings, conditions);
  expect(rules.map(({ on, isEnabled, threshold }) => [on, isEnabled, threshold])).toEqual([
    ['paused', true, ''],
    ['oldest-undelivered', true, ''],
    ['accuracy', true, ''],
  ]);
});

it('rules survive the form, a share is shown in percent, and removed channels leave no trace', () => {
  const rules = [
    { on: 'accuracy', threshold: 0.85, sites: ['shop'], for: ['ops', 'gone'] },
    { on: 'paused', threshold: 5 },
    { on: 'paused', threshold: 9, for: ['gone'] },
  ] as const;
  const quietHours = { from: '22:00', to: '07:00' };
  const value = toFormValue({ ...settings, rules, hasDefaultRules: false, quietHours }, conditions);
  expect(value.rules.map(({ on, isEnabled, threshold }) => [on, isEnabled, threshold])).toEqual([
    ['paused', true, '5'],
    ['paused', true, '9'],
    ['oldest-undelivered', false, ''],
    ['accuracy', true, '85'],
  ]);
  expect(toAlertSettings(value, settings.channels.map(toChannelInput), conditions)).toEqual({
    channels: [{ id: 'ops', type: 'slack', sites: ['shop'] }],
    rules: [
      { on: 'paused', threshold: 5 },
      { on: 'accuracy', threshold: 0.85, sites: ['shop'], for: ['ops'] },
    ],
    digest: 'weekly',
    timeZone: 'UTC',
    quietHours,
  });
});

it('an error of a saved rule belongs to its row, although rows that are not enabled are not saved', () => {
  const rules = [
    { on: 'paused', for: ['gone'] },
    { on: 'paused', threshold: -1 },
    { on: 'accuracy', threshold: 0.5 },
  ] as const;
  const value = toFormValue({ ...settings, rules, hasDefaultRules: false }, conditions);
  expect(value.rules.map(({ on }) => on)).toEqual(['paused', 'paused', 'oldest-undelivered', 'accuracy']);
  expect(listRuleFields(value.rules, ['ops'])).toEqual([undefined, 'rules[0]', undefined, 'rules[1]']);
});

it('a removed channel leaves alerts unreported if no other channel has a rule and a site for them', () => {
  const [ops] = settings.channels;
  if (!ops) return expect.unreachable();
  const disk = { on: 'disk', description: '', unit: 'GiB', threshold: 4, scope: 'gateway' } as const;
  const channels = [
    { ...ops, settings: {} },
    { ...ops, id: 'mail', settings: {} },
    { ...ops, id: 'merchant', settings: { sites: ['tea'] } },
  ];
  const find = (removed: string, more: Partial<AlertSettingsView>) =>
    findUnreportedAlerts({ ...settings, channels, ...more }, removed, [...conditions, disk], ['shop', 'tea']);
  expect(find('ops', {})).toEqual([]);
  const rules = [
    { on: 'paused', for: ['ops'], threshold: 5 },
    { on: 'paused', for: ['mail'] },
    { on: 'accuracy', for: ['ops'] },
    { on: 'oldest-undelivered', for: ['ops', 'merchant'] },
    { on: 'disk', for: ['ops', 'merchant'] },
  ] as const;
  expect(find('ops', { rules, hasDefaultRules: false })).toEqual([
    { on: 'oldest-undelivered', sites: ['shop'] },
    { on: 'accuracy' },
    { on: 'disk' },
  ]);
  expect(find('mail', { rules, hasDefaultRules: false })).toEqual([]);
  const only = { rules: [{ on: 'paused', sites: ['tea'] }], hasDefaultRules: false } as const;
  expect(find('ops', { channels: channels.slice(0, 1), ...only })).toEqual([{ on: 'paused', sites: ['tea'] }]);
});

it.each(alertConditionNames)('a wrong threshold of %s is explained in the unit of the form', (on) => {
  const condition = { on, ...alertConditions[on] };
  const row = { on, isEnabled: true, threshold: '-3', sites: [], channels: [] };
  const sent = { on, threshold: condition.unit === 'share' ? 9 : -3 };
  const issues = (alertRuleSchema.safeParse(sent).error?.issues ?? []).map(({ message }) => ({
    field: 'rules[0].threshold',
    code: 'invalid',
    message,
  }));
  expect(issues).toHaveLength(1);
  const [error] = getRuleErrors(issues, [row], ['ops'], [condition]);
  expect(error).toBe(
    condition.unit === 'share' ? 'Must be a percentage from 0 to 100.' : `Must be a number of ${condition.unit}, 0 or more.`,
  );
});

it.each(alertConditionNames)('a threshold of 0 of %s has its effect beside it, and no other one has', (on) => {
  expect(describeZero({ on, threshold: '0' })).toMatch(/^0 (?:never )?alerts?/);
  expect([
    describeZero({ on, threshold: '' }),
    describeZero({ on, threshold: ' ' }),
    describeZero({ on, threshold: '5' }),
  ]).toEqual([undefined, undefined, undefined]);
});
