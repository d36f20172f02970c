import { expect, it } from 'vitest';
import { describeSetting } from './describe-setting.ts';
import type { FieldValue, SettingField } from './setting-fields.ts';

it.each<[SettingField['kind'], FieldValue, string]>([
  ['text', '187012345', '187012345'],
  ['text', '', 'Not set'],
  ['lines', 'a\nb', 'a, b'],
  ['choice', 'outside-eea', 'Outside the EEA'],
  ['choices', { names: ['client', 'person'] }, 'Client, Person'],
  ['choices', { names: [] }, 'Not set'],
  ['names', 'all', 'All events'],
  ['names', { names: ['Lead', 'Purchase'] }, 'Lead, Purchase'],
  ['pairs', { pairs: [['Lead', 'sign-up']] }, 'Lead: sign-up'],
  ['secret', '', 'Not set'],
])('a setting of kind %s with the value %j is shown as text', (kind, value, text) => {
  expect(describeSetting({ name: 'one', kind }, { one: value }, ['another'])).toBe(text);
});

it('a stored secret is shown as set, and never its value', () => {
  expect(describeSetting({ name: 'token', kind: 'secret' }, { token: 'typed' }, ['token'])).toBe('A value is set');
});
