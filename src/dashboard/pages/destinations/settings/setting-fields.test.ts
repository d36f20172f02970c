import { describe, expect, it } from 'vitest';
import { destinations } from '../../../../destinations/destinations.ts';
import { getNames, getPairs, getText, parseSettingFields, toSettings, toSettingsForm } from './setting-fields.ts';

const { form: settings = {}, secrets = [] } = destinations.find(({ id }) => id === 'microsoft') ?? {};
const fields = parseSettingFields({ settings, secrets });

describe('settings form', () => {
  it("is generated from the schema of the destination's settings", () => {
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

  it('shows the defaults of settings that are not set', () => {
    const form = toSettingsForm(fields, {});
    expect([getText(form, 'pageLoads'), getNames(form, 'events'), getText(form, 'itemId'), getText(form, 'customerId')]).toEqual([
      'auto',
      'all',
      '{id}',
      '',
    ]);
  });

  it('returns unchanged settings without the secret', () => {
    const settings = {
      tagId: '187012345',
      pageLoads: 'never',
      whenDenied: 'skip',
      events: ['Purchase'],
      eventNames: { Lead: 'contact_form' },
      itemId: '{sku}',
    };
    const form = toSettingsForm(fields, settings);
    expect(getPairs(form, 'eventNames')).toEqual([['Lead', 'contact_form']]);
    expect(toSettings(fields, form)).toEqual(settings);
  });

  it('returns a secret only if one was typed', () => {
    expect(toSettings(fields, { token: '' })).not.toHaveProperty('token');
    expect(toSettings(fields, { token: ' abc ' })).toMatchObject({ token: 'abc' });
  });

  it('omits a name pair without an event', () => {
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

  it('has no fields for an empty schema', () => {
    expect(parseSettingFields({ settings: {}, secrets: [] })).toEqual([]);
  });
});
