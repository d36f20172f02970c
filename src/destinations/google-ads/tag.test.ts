import { expect, test } from 'vitest';
import { tag } from './tag.ts';

const { file, dashboard } = tag.settings;
const listProblems = (given: unknown, schema = file) =>
  schema.safeParse(given).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

test('the tag is off by default, and names each wrong setting', () => {
  expect(file.parse({})).toEqual({ mode: 'off', labels: {}, script: 'https://www.googletagmanager.com/gtag/js' });
  expect(listProblems({ mode: 'load' })).toEqual([expect.stringMatching(/^tagId: Is missing/)]);
  const problems = listProblems({
    mode: 'attach',
    tagId: '123',
    labels: { Purchase: 'a b', Lead: 'x', generate_lead: 'y', '1x': 'z' },
  });
  expect(problems.map((text) => text.split(':')[0])).toEqual(['tagId', 'labels.Purchase', 'labels.generate_lead', 'labels.1x']);
});

test('the dashboard takes the script only from its own host', () => {
  const given = { mode: 'load', tagId: 'AW-123456789', script: 'https://shop.example/gtag.js' };
  expect(listProblems(given)).toEqual([]);
  expect(listProblems(given, dashboard)).toEqual([expect.stringContaining('www.googletagmanager.com')]);
});

test('the driver knows each event by all of its names', () => {
  const config = file.parse({
    mode: 'load',
    tagId: 'AW-123456789',
    labels: { purchase: 'AW-123456789/buy', DemoBooked: 'demo' },
  });
  const connection = { id: 'g', destination: 'google-ads', enabled: true, settings: { merchantId: 77 } };
  expect(tag.createDriverSettings(config, { connections: [connection], defaultCurrency: 'EUR' })).toMatchObject({
    conversions: {
      purchase: { label: 'buy', isPurchase: true },
      order_completed: { label: 'buy', isPurchase: true },
      demobooked: { label: 'demo' },
    },
    itemId: '{id}',
    merchantId: '77',
    currency: 'EUR',
  });
  expect(tag.createDriverSettings(file.parse({}), { connections: [] })).toBeUndefined();
});
