import { expect, it } from 'vitest';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { newFormRow, toLeadForm, toLeadPatch } from './lead-form.ts';

const saved: SiteSettingsView['capture'] = {
  dataLayer: { mode: 'off', layer: ['dataLayer'], map: {} },
  forms: [
    { mode: 'on', selector: '#contact', event: 'Lead', fields: { email: '#mail' }, success: { url: '/thanks' } },
    { mode: 'preview', selector: '.news', event: 'SignUp', fields: {} },
  ],
  embeds: ['tally'],
  contact: 'on',
};

it('the form of leads has a row for each form, and saves the same settings', () => {
  const form = toLeadForm(saved);
  expect(form.forms[0]).toMatchObject({ sign: 'url', signText: '/thanks' });
  expect(form.forms[1]).toMatchObject({ sign: 'submit', signText: '' });
  const { dataLayer: _, ...leads } = saved;
  expect(toLeadPatch(form)).toEqual(leads);
});

it('emptied lists and texts are removed', () => {
  expect(toLeadPatch({ forms: [], embeds: [], contact: 'off' })).toEqual({ forms: null, embeds: null, contact: null });
  const row = { ...newFormRow, selector: ' #a ', fields: { email: ' ', phone: ' #tel' } };
  expect(toLeadPatch({ forms: [row], embeds: [], contact: 'off' }).forms).toEqual([
    { mode: 'preview', selector: '#a', event: 'Lead', fields: { phone: '#tel' } },
  ]);
});
