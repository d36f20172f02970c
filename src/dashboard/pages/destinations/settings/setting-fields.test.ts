import { describe, expect, it } from 'vitest';
import { destinations } from '../../../../destinations/destinations.ts';
import { fieldsOf, formOf, namesIn, pairsIn, settingsOf, textIn } from './setting-fields.ts';

const { form: settings = {}, secrets = [] } = destinations.find(({ id }) => id === 'microsoft') ?? {};
const fields = fieldsOf({ settings, secrets });

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
    const form = formOf(fields, {});
    expect([textIn(form, 'pageLoads'), namesIn(form, 'events'), textIn(form, 'itemId'), textIn(form, 'customerId')]).toEqual([
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
    const form = formOf(fields, given);
    expect(pairsIn(form, 'eventNames')).toEqual([['Lead', 'contact_form']]);
    expect(settingsOf(fields, form)).toEqual(given);
  });

  it('gives a secret only where one was typed', () => {
    expect(settingsOf(fields, { token: '' })).not.toHaveProperty('token');
    expect(settingsOf(fields, { token: ' abc ' })).toMatchObject({ token: 'abc' });
  });

  it('leaves out a pair that has no name yet', () => {
    expect(
      settingsOf(fields, {
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
    expect(fieldsOf({ settings: {}, secrets: [] })).toEqual([]);
  });
});
