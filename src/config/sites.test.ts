import { describe, expect, it } from 'vitest';
import { connection, findProblemPaths, findProblems, readValidConfig, site, token } from './config.fixture.ts';
import { toReportingConnection } from './sites.ts';

describe('a site of the config file', () => {
  it('keeps only the hash of a secret key', () => {
    expect(JSON.stringify(readValidConfig({ sites: [site] }))).not.toContain('sk_abcdefghijklmnop');
    expect(readValidConfig({ sites: [site] }).sites[0]?.secretKeyHashes[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['Shop\r\nBcc: a@b.example', 'Shop\u0000', 'Shop\u001b[2J', 'Shop\u0085', 'Shop\u2028two'])(
    'refuses %j as a name, in any setting',
    (name) => {
      const rule = { id: 'one', name, when: { field: 'name', is: 'equals', value: 'Lead' }, then: { skip: true } };
      const alerts = { channels: [{ id: name, type: 'slack', url: 'https://hooks.slack.com/services/x' }] };
      const problems = findProblems({
        alerts,
        sites: [{ ...site, name, rules: [rule], connections: [{ ...connection, id: name }] }],
      });
      expect(problems.map(({ path }) => path).toSorted()).toEqual([
        'alerts.channels[0].id',
        'sites[0].connections[0].id',
        'sites[0].name',
        'sites[0].rules[0].name',
      ]);
      for (const { message } of problems) expect(message).not.toContain('Shop');
    },
  );

  it('has hooks, each with an id and with secrets that no other sender has', () => {
    const hooks = [
      { id: 'payments', source: 'stripe', secrets: ['whsec_of_payments'] },
      { id: 'test-mode', source: 'stripe', secrets: ['whsec_of_test', 'whsec_of_payments'] },
      { id: 'plans', source: 'recharge', secrets: ['key-of-plans'] },
    ];
    expect(readValidConfig({ sites: [{ ...site, hooks }] }).sites[0]?.hooks).toEqual(hooks);
    const [first, second, third] = hooks;
    const paths = (...all: readonly unknown[]) =>
      findProblemPaths({ sites: [{ ...site, webhooks: { secrets: ['secret-of-shop'] }, hooks: all }] });
    expect(paths({ ...first, id: 'new' })).toEqual(['sites[0].hooks[0].id']);
    expect(paths(first, { ...second, id: 'payments' })).toEqual(['sites[0].hooks[1].id']);
    expect(paths(first, { ...third, secrets: ['another-key', 'whsec_of_payments'] })).toEqual([
      'sites[0].hooks[0].secrets[0]',
      'sites[0].hooks[1].secrets[1]',
    ]);
    expect(paths({ ...first, secrets: ['secret-of-shop'] })).toEqual(['sites[0].hooks[0].secrets[0]']);
    expect(paths({ ...first, secrets: [] })).toEqual(['sites[0].hooks[0].secrets']);
    const stripe = { orderIdFrom: 'metadata.order_id', renewals: 'send', invoices: 'all', refundsFrom: 'charge' };
    expect(paths({ ...first, source: 'stripe', stripe })).toEqual([]);
    expect(paths({ ...first, source: 'recharge', stripe })).toEqual(['sites[0].hooks[0].stripe']);
    expect(paths({ ...first, source: 'stripe', stripe: { orderIdFrom: 'order', renewals: 'yes' } })).toEqual([
      'sites[0].hooks[0].stripe.orderIdFrom',
      'sites[0].hooks[0].stripe.renewals',
    ]);
    expect(paths({ ...first, source: 'paypal' })).toEqual(['sites[0].hooks[0].source']);
    expect(paths({ ...first, secret: 'whsec_of_payments' })).toEqual(['sites[0].hooks[0].secret']);
    const [problem] = findProblems({ sites: [{ ...site, hooks: [first, { ...third, secrets: first?.secrets }] }] });
    expect(problem?.message).toMatch(/also a secret of another sender.*Use a secret for each sender/);
    expect(problem?.message).not.toContain('whsec');
  });

  it.each([
    { defaultCountry: 'ZZ' },
    { defaultCurrency: 'DOL' },
    { defaultCurrency: 'QQQ' },
    { timeZone: 'Nowhere' },
    { timeZone: '+02:00' },
    { assignee: 'Jane Doe' },
  ])('refuses %j, which is in no list', (code) => {
    expect(findProblemPaths({ sites: [{ ...site, ...code }] })).toEqual([`sites[0].${Object.keys(code)[0]}`]);
  });

  it.each([
    ['com', /public suffix.*domain of the shop/],
    ['co.uk', /public suffix/],
    ['myshopify.com', /public suffix/],
    ['GitHub.io', /public suffix/],
    ['10.0.0.1', /not an IP address/],
    ['203.0.113.7', /not an IP address/],
    ['127.1', /not an IP address/],
    ['0x7f000001', /not an IP address/],
  ])('rejects %s as a domain', (domain, message) => {
    expect(findProblems({ sites: [{ ...site, domains: ['shop.example', domain] }] })).toEqual([
      { path: 'sites[0].domains[1]', message: expect.stringMatching(message) },
    ]);
  });

  it.each(['shop.myshopify.com', 'shop.co.uk', 'localhost', 'storefront', '127.0.0.1', '127.0.0.2', 'shop.example'])(
    'accepts %s as a domain',
    (domain) => expect(findProblems({ sites: [{ ...site, domains: [domain] }] })).toEqual([]),
  );

  it('reports problems of destination settings by path and without the token', () => {
    const settings = { tagId: '0', token: `${token} with a space`, pageLoads: 'canary' };
    const found = findProblems({
      sites: [
        {
          ...site,
          connections: [
            { ...connection, settings },
            { ...connection, id: 'other', destination: 'canary' },
          ],
        },
      ],
    });
    expect(found.map(({ path }) => path)).toEqual([
      'sites[0].connections[0].settings.tagId',
      'sites[0].connections[0].settings.token',
      'sites[0].connections[0].settings.pageLoads',
      'sites[0].connections[1].destination',
    ]);
    expect(JSON.stringify(found)).not.toContain(token);
  });

  it('reads the browser tags, and `uet` as the earlier name of `tags.microsoft`', () => {
    const uet = { mode: 'attach', tagId: '187012345', queue: 'shopq' };
    const tagsOf = (members: object) => readValidConfig({ sites: [{ ...site, ...members }] }).sites[0];
    expect(tagsOf({ uet })).toEqual(tagsOf({ tags: { microsoft: uet } }));
    expect(tagsOf({ uet })?.tags.microsoft).toMatchObject({ ...uet, script: 'https://bat.bing.com/bat.js' });
    expect(tagsOf({ uet })).not.toHaveProperty('uet');
    expect(findProblemPaths({ sites: [{ ...site, tags: { microsoft: { mode: 'load', script: 4 }, other: {} } }] })).toEqual([
      'sites[0].tags.microsoft.script',
      'sites[0].tags.microsoft.tagId',
      'sites[0].tags.other',
    ]);
    expect(findProblemPaths({ sites: [{ ...site, uet, tags: { microsoft: uet } }] })).toEqual(['sites[0].uet']);
  });
});

describe('a rule', () => {
  it('is refused, with the reason and the remedy, if it renames what a browser tag reports, or adds a name that it reports', () => {
    const when = { field: 'commerce.value', is: 'greater', value: 100 };
    const big = { id: 'big', name: 'Big orders', when, then: { rename: 'BigOrder' } };
    const names = ['FirstOrder', 'lead', 'sign_up', 'Offer', 'big_offer'];
    const also = names.map((name) => ({ id: `also-${name.toLowerCase().replaceAll('_', '-')}`, when, then: { also: { name } } }));
    const settings = { ...connection.settings, eventNames: { Offer: 'big_offer' } };
    const tagged = { ...site, tags: { microsoft: { mode: 'attach', tagId: '187012345' } } };
    const found = findProblems({ sites: [{ ...tagged, rules: [big], connections: [{ ...connection, settings, rules: also }] }] });
    expect(found.map(({ path }) => path)).toEqual([
      'sites[0].rules[0].then.rename',
      ...[1, 2, 3, 4].map((index) => `sites[0].connections[0].rules[${index}].then.also`),
    ]);
    expect(found[1]?.message).toBe(
      'Is not possible in rule “also-lead” while the tag `tags.microsoft` is on. The tag reports Lead itself, and the platform would count both reports. Turn the tag off, choose another name, or add the condition `source` `not-equals` `browser` under `all`.',
    );
    expect(found[0]?.message).toBe(
      'Is not possible in rule “Big orders” while the tag `tags.microsoft` is on. The tag would report another name than connection `bing`, and the platform would count both reports. Turn the tag off, or add an event with `also`.',
    );
  });

  it('of a connection is refused if it has the id of a rule of the site, because outcomes name rules by their ids', () => {
    const rule = { id: 'big', when: { field: 'name', is: 'present' }, then: { skip: true } };
    const own = [{ ...rule, id: 'small' }, rule];
    const found = findProblems({ sites: [{ ...site, rules: [rule], connections: [{ ...connection, rules: own }] }] });
    expect(found.map(({ path }) => path)).toEqual(['sites[0].connections[0].rules[1].id']);
  });
});

it.each([
  ['tiktok', 'CompleteRegistration'],
  ['meta', 'CompleteRegistration'],
  ['openai-ads', 'order_created'],
])('the tag of %s reports %s, the name of a standard event there', (destination, name) => {
  expect(toReportingConnection({ id: 'ads', destination, settings: {} }).reportedNames).toContain(name);
});
