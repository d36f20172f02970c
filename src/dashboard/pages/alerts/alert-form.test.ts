import { expect, it } from 'vitest';
import type { AlertSettingsView, AlertsView } from '../../../api/client.ts';
import { fromChannelForm, toAlertSettings, toChannelForm, toChannelInput, toFormValue } from './alert-form.ts';

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

it('an edited channel sends only the secrets that were entered', () => {
  const [slack] = settings.channels;
  expect(fromChannelForm(toChannelForm(slack))).toEqual({ id: 'ops', type: 'slack', sites: ['shop'] });
  const mail = { host: 'smtp.example.com', port: 465, security: 'tls', user: 'u', from: 'a@b.example', to: ['c@d.example'] };
  const form = toChannelForm({ id: 'mail', type: 'email', settings: mail, secrets: ['password'] });
  expect(fromChannelForm(form)).toEqual({ id: 'mail', type: 'email', ...mail });
  expect(fromChannelForm({ ...form, password: 'p', to: 'a@b.example, c@d.example\n' })).toMatchObject({
    password: 'p',
    to: ['a@b.example', 'c@d.example'],
  });
});
