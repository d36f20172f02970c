import { describe, expect, it } from 'vitest';
import { hookMappingSchema } from './mapping-schema.ts';

function listProblems(input: unknown): readonly string[] {
  const { error } = hookMappingSchema.safeParse(input);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const name = { const: 'Lead' };

describe('the schema of a mapping', () => {
  it('accepts every form of an expression', () => {
    const mapping = [
      {
        when: [{ at: '/type', in: ['paid', 1, true, null] }],
        fields: {
          name,
          id: '/id',
          time: { at: '/at', unit: 'seconds' },
          'user.email': ['/a', { at: '/list', find: [{ at: '/k', in: ['email'] }], take: '/v' }],
          'commerce.value': { at: '/total', unit: 'minor' },
          'consent.adStorage': { at: '/ok', values: { true: 'granted' } },
          'clickIds.msclkid': '/hidden/msclkid',
          'properties.plan': '/plan',
        },
        items: { at: '/lines', fields: { id: '/sku', price: { at: '/p', unit: 'minor' } } },
      },
    ];
    expect(hookMappingSchema.parse(mapping)).toEqual(mapping);
  });

  it.each([
    ['an unknown field', [{ fields: { name, 'user.mail': '/m' } }], '0.fields.user.mail: Is not a field of an event'],
    [
      'an unknown field of an item',
      [{ fields: { name }, items: { at: '/l', fields: { cost: '/c' } } }],
      '0.items.fields.cost: Is',
    ],
    ['a missing name', [{ fields: {} }], '0.fields.name: Is missing.'],
    ['a pointer without a slash', [{ fields: { name, id: 'id' } }], '0.fields.id: Must be a JSON Pointer'],
    ['a JSONPath', [{ fields: { name, id: { at: '$.id' } } }], '0.fields.id.at: Must be a JSON Pointer'],
    ['a wrong fallback', [{ fields: { name, id: ['/id', 7] } }], '0.fields.id.1: Must be a JSON Pointer'],
    ['an unknown member', [{ fields: { name, id: { at: '/id', trim: true } } }], '0.fields.id.trim: Is no part of a mapping'],
    ['a unit of time for an amount', [{ fields: { name, 'commerce.value': { at: '/v', unit: 'ms' } } }], 'Must be one of major'],
    ['a unit of a text', [{ fields: { name, id: { at: '/v', unit: 'minor' } } }], '0.fields.id.unit: Is for times and amounts'],
    [
      'a search without a place',
      [{ fields: { name, id: { at: '/l', find: [{ at: '/k', in: [1] }] } } }],
      '0.fields.id.find: Must be',
    ],
    ['no event', [], 'Must have at least one event'],
    ['a prototype', [{ fields: { name, 'properties.__proto__': '/x' } }], 'Is not a field of an event'],
    ['an unknown key', [{ fields: { name }, filter: [] }], 'Unrecognized key'],
  ])('refuses %s', (_, mapping, problem) => {
    expect(listProblems(mapping).join('\n')).toContain(problem);
  });
});
