import { describe, expect, it } from 'vitest';
import { hookPresets } from '../../../../hooks/presets.ts';
import { createEvent, createField, fillField, formatScalar, parseScalar, toEventDrafts, toEvents } from './hook-draft.ts';

describe('the draft of a mapping', () => {
  it.each(Object.entries(hookPresets))('keeps every expression of %s', (_, { events }) => {
    expect(toEvents(toEventDrafts(structuredClone<object[]>([...events]).map((one) => ({ ...one }))))).toEqual(events);
  });

  it('keeps units, items and constants', () => {
    const events = [
      {
        when: [{ at: '/type', in: ['paid', true, 1, '1', null] }],
        fields: {
          name: { const: 'Purchase' },
          'commerce.value': { at: '/total', unit: 'minor' },
          time: { at: '/t', unit: 'ms' },
        },
        items: { at: '/lines', fields: { id: '/sku' } },
      },
    ];
    expect(toEvents(toEventDrafts(events))).toEqual(events);
  });

  it('leaves out rows that have no place yet', () => {
    const draft = { ...createEvent(), conditions: [{ key: 'c', at: '', values: [] }], items: [createField('id', '/sku')] };
    expect(toEvents([draft])).toEqual([{ fields: { name: { const: 'Lead' } } }]);
  });

  it('sends an expression that is no JSON as it is, so that the API refuses it', () => {
    const draft = { ...createEvent(), fields: [createField('id', '{"at":', 'json')] };
    expect(toEvents([draft])).toEqual([{ fields: { id: '{"at":' } }]);
  });

  it.each([
    ['/contact/first_name', 'user.firstName'],
    ['/lead/Email', 'user.email'],
    ['/lead/id', 'id'],
    ['/lead/plan', 'properties.plan'],
    ['/lines/0', 'properties.value'],
  ])('takes the place %s for %s', (at, name) => {
    const known = ['name', 'id', 'user.email', 'user.firstName'].map((one) => ({ name: one }));
    const { fields } = fillField(createEvent(), at, known);
    expect(fields.filter(({ text }) => text === at)).toMatchObject([{ name, kind: 'place' }]);
    expect(fields.filter((field) => field.name === name)).toHaveLength(1);
  });

  it.each(['true', '"true"', 'null', '12', '"12"', 'order.paid', 'say "hi"'])('reads %s as it is written', (text) => {
    expect(formatScalar(parseScalar(text))).toBe(text);
  });
});
