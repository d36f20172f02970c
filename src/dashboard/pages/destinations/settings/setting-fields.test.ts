import { describe, expect, it } from 'vitest';
import { destinations } from '../../../../destinations/destinations.ts';
import { getNames, getPairs, getText, parseSettingFields, toSettings, toSettingsForm } from './setting-fields.ts';

const { form: settings = {}, secrets = [] } = destinations.find(({ id }) => id === 'microsoft') ?? {};
const fields = parseSettingFields({ settings, secrets });

describe('the form of a destination', () => {
  it("is made of its settings' schema", () => {
    expect(fields.map(({ name, kind, isRequired }) => [name, kind, isRequired])).toEqual([
      ['tagId', 'text', true],
      ['token', 'secret', true],
      ['pageLoads', 'choice', false],
      ['whenDenied', 'choice', false],
      ['events', 'names', false],
      ['eventNames', 'pairs', false],
      ['itemId', 'text', false],
      ['customerId', 'text', false],
    ]);
    expect(fields.every(({ title, description }) => title !== '' && description !== '')).toBe(true);
  });

  it('shows what counts where nothing is set', () => {
    const form = toSettingsForm(fields, {});
    expect([getText(form, 'pageLoads'), getNames(form, 'events'), getText(form, 'itemId'), getText(form, 'customerId')]).toEqual([
      'auto',
      'all',
      '{id}',
      '',
    ]);
  });

  it('gives back what it was given, without the secret', () => {
    const given = {
      tagId: '187012345',
      pageLoads: 'never',
      whenDenied: 'skip',
      events: ['Purchase'],
      eventNames: { Lead: 'contact_form' },
      itemId: '{sku}',
    };
    const form = toSettingsForm(fields, given);
    expect(getPairs(form, 'eventNames')).toEqual([['Lead', 'contact_form']]);
    expect(toSettings(fields, form)).toEqual(given);
  });

  it('gives a secret only where one was typed', () => {
    expect(toSettings(fields, { token: '' })).not.toHaveProperty('token');
    expect(toSettings(fields, { token: ' abc ' })).toMatchObject({ token: 'abc' });
  });

  it('leaves out a pair that has no name yet', () => {
    expect(
      toSettings(fields, {
        eventNames: {
          pairs: [
            ['', 'x'],
            ['Lead', ''],
          ],
        },
      }),
    ).toEqual({ eventNames: { Lead: '' } });
  });

  it('takes a schema that is none as a form without fields', () => {
    expect(parseSettingFields({ settings: {}, secrets: [] })).toEqual([]);
  });
});
