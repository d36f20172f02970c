import { expect, test } from 'vitest';
import { meta } from './meta.ts';

const token = 'EAAexampletoken';

function connect(input: Record<string, unknown>) {
  const result = meta.connect({ datasetId: '1234567890123456', token, ...input });
  return 'issues' in result ? result.issues.map(({ field }) => field) : result.settings;
}

test('§1.1 §1.7 a dataset id and a token are enough; the other settings have their documented defaults', () => {
  expect(connect({})).toEqual({
    datasetId: '1234567890123456',
    token,
    apiVersion: 'v26.0',
    endpoint: 'https://graph.facebook.com',
    pageViews: 'auto',
    dataProcessing: 'off',
    events: 'all',
    eventNames: {},
    itemId: '{id}',
    contentType: 'product',
    properties: [],
  });
});

test('empty settings report the missing dataset id and token', () => {
  const result = meta.connect({});
  expect('issues' in result && result.issues.map(({ field }) => field)).toEqual(['settings.datasetId', 'settings.token']);
});

test.each([[undefined], [null], ['x'], [[]]])('settings that are %j are refused', (raw) => {
  expect(meta.connect(raw)).toMatchObject({
    issues: [{ field: 'settings', message: 'Must be an object with at least `datasetId` and `token`.' }],
  });
});

test.each(['1234', '01234', '12345x', ' 12345', '1'.repeat(21), -5, true, ''])(
  '§1.1 the dataset id %j is refused',
  (datasetId) => {
    expect(new Set(connect({ datasetId }) as string[])).toEqual(new Set(['settings.datasetId']));
  },
);

test('§1.1 a dataset id may be a number of 5 to 20 digits', () => {
  expect(connect({ datasetId: 12_345 })).toMatchObject({ datasetId: '12345' });
  expect(connect({ datasetId: '9'.repeat(20) })).toMatchObject({ datasetId: '9'.repeat(20) });
});

test.each(['', 'two words', 'line\n', 'schlüssel', 7])('the token %j is refused', (given) => {
  expect(connect({ token: given })).toEqual(['settings.token']);
});

test.each(['v26', '26.0', 'v26.0/', 'v6.0', 'V26.0', 'v26.10'])('§1.7 the version %j is refused', (apiVersion) => {
  expect(connect({ apiVersion })).toEqual(['settings.apiVersion']);
});

test.each(['graph.facebook.com', 'https://user:pass@graph.example', 'https://graph.example?a', 'ftp://graph.example'])(
  'the endpoint %j is refused',
  (endpoint) => {
    expect(connect({ endpoint })).toEqual(['settings.endpoint']);
  },
);

test('only the config file sets the endpoint and the version, and only the token is secret', () => {
  expect(meta.fileOnly).toEqual(['apiVersion', 'endpoint']);
  expect(meta.secrets).toEqual(['token']);
  expect(meta.form).toMatchObject({ required: ['datasetId', 'token'] });
});

test('§2.3 §2.10 event names are stored by canonical name, with at most 50 characters', () => {
  expect(connect({ eventNames: { order_completed: 'Subscribe', MyEvent: 'x'.repeat(50) } })).toMatchObject({
    eventNames: { Purchase: 'Subscribe', myevent: 'x'.repeat(50) },
  });
  expect(connect({ eventNames: { Lead: 'x'.repeat(51) } })).toEqual(['settings.eventNames.Lead']);
});

test.each([[['value']], [['order_id', 'margin']], [['two words']], [['1st']], [['__proto__']], ['two words'], [7], [[7]]])(
  '§2.8 the list of properties %j is refused',
  (properties) => {
    const [field] = connect({ properties }) as string[];
    expect(field).toMatch(/^settings\.properties/);
  },
);

test('§2.8 the listed properties may be a text with commas, as a form sends it', () => {
  expect(connect({ properties: ' predicted_ltv, margin,' })).toMatchObject({ properties: ['predicted_ltv', 'margin'] });
});

test('§2.8 the listed properties are each kept once', () => {
  expect(connect({ properties: ['predicted_ltv', 'margin', 'margin'] })).toMatchObject({
    properties: ['predicted_ltv', 'margin'],
  });
});

test.each([
  ['testEventCode', 'TEST 1'],
  ['testEventCode', ''],
  ['pageViews', 'maybe'],
  ['dataProcessing', true],
  ['contentType', 'products'],
  ['limitedDataUse', true],
])('the setting %s at %j is refused', (name, value) => {
  expect(connect({ [name]: value })).toEqual([`settings.${name}`]);
});
