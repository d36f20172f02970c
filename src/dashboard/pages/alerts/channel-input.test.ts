import { expect, it } from 'vitest';
import { listChannelTypes } from '../../../alerts/channels/channel-types.ts';
import type { AlertChannelView } from '../../../api/client.ts';
import { parseSettingFields, toSettingsForm } from '../destinations/settings/setting-fields.ts';
import { fromChannelForm, toChannelHead } from './channel-input.ts';

const types = listChannelTypes();
const forms = types.map((one) => ({ type: one.type, fields: parseSettingFields(one) }));

function fill(channel: AlertChannelView | undefined, type: AlertChannelView['type']) {
  const fields = forms.find((form) => form.type === type)?.fields ?? [];
  return { head: { ...toChannelHead(channel), type }, fields, form: toSettingsForm(fields, channel?.settings ?? {}) };
}

it('an edited channel sends only the secrets that were entered', () => {
  const slack = fill({ id: 'ops', type: 'slack', settings: { sites: ['shop'] }, secrets: ['url'] }, 'slack');
  expect(fromChannelForm(slack.head, slack.fields, slack.form)).toEqual({ id: 'ops', type: 'slack', sites: ['shop'] });
  const mail = { host: 'smtp.example.com', port: 465, security: 'tls', user: 'u', from: 'a@b.example', to: ['c@d.example'] };
  const { head, fields, form } = fill({ id: 'mail', type: 'email', settings: mail, secrets: ['password'] }, 'email');
  expect(fromChannelForm(head, fields, form)).toEqual({ id: 'mail', type: 'email', ...mail });
  expect(fromChannelForm(head, fields, { ...form, password: ' p ', to: ', a@b.example, c@d.example,\n' })).toMatchObject({
    password: ' p ',
    to: ['a@b.example', 'c@d.example'],
  });
});

it('a new e-mail channel begins with the usual port and encryption, and a port that is no number stays text', () => {
  const { head, fields, form } = fill(undefined, 'email');
  expect(fromChannelForm(head, fields, form)).toEqual({ id: '', type: 'email', port: 587, security: 'starttls' });
  expect(fromChannelForm(head, fields, { ...form, port: 'smtp' })).toMatchObject({ port: 'smtp' });
});

it.each(forms)('the settings of $type have titles and texts without syntax of the config file', ({ fields }) => {
  expect(fields.length).toBeGreaterThan(0);
  for (const { name, title, description } of fields) {
    expect(title, name).toMatch(/^[A-Z]/);
    expect(description, name).toMatch(/^\S.*\.$/);
    expect(description, name).not.toMatch(/[[{]"|\]\(|allowPrivate|config file/);
  }
});
