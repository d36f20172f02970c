import { expect, it } from 'vitest';
import { fromChannelForm, toChannelForm } from './channel-input.ts';

it('an edited channel sends only the secrets that were entered', () => {
  const slack = toChannelForm({ id: 'ops', type: 'slack', settings: { sites: ['shop'] }, secrets: ['url'] });
  expect(fromChannelForm(slack)).toEqual({ id: 'ops', type: 'slack', sites: ['shop'] });
  const mail = { host: 'smtp.example.com', port: 465, security: 'tls', user: 'u', from: 'a@b.example', to: ['c@d.example'] };
  const form = toChannelForm({ id: 'mail', type: 'email', settings: mail, secrets: ['password'] });
  expect(fromChannelForm(form)).toEqual({ id: 'mail', type: 'email', ...mail });
  expect(fromChannelForm({ ...form, password: 'p', to: 'a@b.example, c@d.example\n' })).toMatchObject({
    password: 'p',
    to: ['a@b.example', 'c@d.example'],
  });
});
