import { expect, test } from 'vitest';
import { shop } from '../ingest/site.fixture.ts';
import { rulesSchema } from './rule-schema.ts';
import { listShopOnlyRules } from './shop-only-rules.ts';

const rules = rulesSchema.parse([
  { id: 'name', when: { field: 'name', is: 'equals', value: 'Lead' }, then: { rename: 'Signup' } },
  { id: 'tag', when: { not: { field: 'commerce.tags', is: 'contains', value: 'wholesale' } }, then: { skip: true } },
  {
    id: 'margin',
    when: { all: [{ field: 'name', is: 'equals', value: 'Purchase' }] },
    then: { set: { 'commerce.value': { from: 'properties.margin' } } },
  },
  {
    id: 'net',
    when: { any: [{ field: 'name', is: 'present' }] },
    then: { set: { 'commerce.value': { minus: ['commerce.tax', 'commerce.shipping'] } } },
  },
  { id: 'off', when: { field: 'page.path', is: 'present' }, then: { skip: true }, enabled: false },
]);
const site = { ...shop, rules };

test('rules that read more than the name are listed with their fields, if servers may report events', () => {
  const listed = listShopOnlyRules(site);
  expect(listed.map(({ rule }) => rule)).toEqual(['tag', 'margin', 'net']);
  expect(listed.map(({ says }) => says.match(/reads (.*?)\. /)?.[1])).toEqual([
    '`commerce.tags`',
    '`properties.margin`',
    '`commerce.tax`, `commerce.shipping`',
  ]);
  expect(listShopOnlyRules({ ...site, secretKeyHashes: [] })).toEqual([]);
});

test('a rule of a connection is listed with the connection', () => {
  const connection = { id: 'bing', destination: 'microsoft', enabled: true, settings: {}, rules: rules.slice(0, 2) };
  expect(listShopOnlyRules({ ...shop, rules: [], connections: [connection] })).toMatchObject([
    { connection: 'bing', rule: 'tag' },
  ]);
});
