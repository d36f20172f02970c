import { expect, test } from 'vitest';
import { hourMs } from '../../event/units.ts';
import { LogUnavailableError, type NewRecord } from '../../storage/log/event-log.ts';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { createCollectorApp } from '../collector.ts';
import { now, shop } from '../site.fixture.ts';

const denied = { adStorage: 'denied', explicit: true };
const granted = { adStorage: 'granted', explicit: true };
const noSale = { ...granted, adUserData: 'denied' };
const noProfile = { ...granted, adPersonalization: 'denied' };

function start() {
  const log = createMemoryLog();
  const counted: number[][] = [];
  let time = now;
  let failures = 0;
  const append = async (records: readonly NewRecord[]) => {
    if (failures-- > 0) throw new LogUnavailableError('The disk is full');
    return log.append(records);
  };
  const app = createCollectorApp({
    ...createCollectorDeps({ append }),
    now: () => time,
    metrics: {
      countReceived: () => undefined,
      countRefused: () => undefined,
      countResults: (_site, _reporter, { accepted, duplicates }) => counted.push([accepted, duplicates]),
    },
  });
  const post = async (events: readonly object[], address = '198.51.100.7', signals: readonly object[] = []) => {
    const body = JSON.stringify({ writeKey: shop.writeKey, events, signals });
    const answer = await app.request('/e', { method: 'POST', body }, buildConnectionInfo(address));
    return { status: answer.status, json: await answer.json(), cookies: answer.headers.getSetCookie() };
  };
  return {
    post,
    counted,
    stored: () => log.stored().map(({ body }) => body),
    wait: (ms: number) => (time += ms),
    fail: (times: number) => (failures = times),
  };
}

const purchase = (orderId: string, consent: object, more: object = {}) => ({
  ...{ name: 'Purchase', time: now, consent },
  commerce: { orderId, checkoutId: `checkout-${orderId}` },
  ...more,
});
const nameOf = (user: string) => ({ user: { anonymousId: user } });

test('a network reports 5 purchases at once that deny the event, and 50 a day', async () => {
  const { post, stored, wait } = start();
  const consent = denied;
  const many = Array.from({ length: 6 }, (_, index) => purchase(String(index), consent));
  const issue = expect.objectContaining({ field: 'consent', code: 'denials-too-many' });
  expect(await post(many)).toMatchObject({
    status: 202,
    json: { accepted: 5, rejected: [{ index: 5, id: 'purchase-5', issues: [issue] }] },
  });
  expect(await post([purchase('7', granted), purchase('8', consent)])).toMatchObject({
    json: { accepted: 1, rejected: [{ index: 1 }] },
  });
  expect(await post([purchase('9', consent)], '203.0.113.9'), 'another network').toMatchObject({ json: { rejected: [] } });
  wait(hourMs);
  const later = ['10', '11', '12'].map((id) => purchase(id, consent, { time: now + hourMs }));
  expect(await post(later)).toMatchObject({ json: { accepted: 2, rejected: [{ index: 2 }] } });
  const orders = stored().filter((body) => /"name":"Purchase".*"checkoutId"/.test(JSON.stringify(body)));
  expect(orders).toHaveLength(9);
});

test.each([
  ['the use of data', noSale],
  ['personalisation', noProfile],
])(
  'granted purchases that deny %s are all stored, and only 5 of a network deny it to the events of the shop',
  async (_what, consent) => {
    const { post, stored } = start();
    const many = Array.from({ length: 7 }, (_, index) => purchase(String(index), consent));
    expect(await post(many)).toMatchObject({ json: { accepted: 7, rejected: [] } });
    const bodies = stored().map((body) => JSON.stringify(body));
    expect(bodies.every((body) => body.includes('"effective":"granted"'))).toBe(true);
    expect(bodies.map((body) => body.includes('"deniesItselfAlone":true'))).toEqual([...Array(5).fill(false), true, true]);
    expect(await post([purchase('8', denied)]), 'a denial of the event has its own limit').toMatchObject({
      json: { rejected: [] },
    });
  },
);

test.each([
  ['is stored already', 0],
  ['could not be stored', 8],
])('a denied purchase takes no place when it %s', async (_what, failures) => {
  const { post, fail } = start();
  const first = purchase('first', denied);
  fail(failures);
  for (let repeat = 0; repeat < 8; repeat += 1) await post([first]);
  const more = Array.from({ length: 5 }, (_, index) => purchase(String(index), denied));
  await post([first, first]);
  expect(await post(more)).toMatchObject({ json: { rejected: [{ id: 'purchase-4' }] } });
});

test.each([
  ['a denial', denied],
  ['a denial by the policy', { adStorage: 'denied', explicit: false }],
  ['a denial of a use', noSale],
])(
  "after %s of an order, a network's answers are equal whether the shopper declined, granted or reported nothing",
  async (_what, consent) => {
    const answers = await Promise.all(
      [undefined, granted, denied, consent].map(async (choice) => {
        const { post, stored } = start();
        if (choice) await post([purchase('1002', choice)], '198.51.100.200');
        const probe = (ids: readonly string[]) =>
          post(
            ids.map((id) => purchase(id, consent, nameOf('stranger'))),
            '203.0.113.9',
          );
        const given = [await probe(['1002', '1002']), await probe(['1002']), await probe(['1', '2', '3', '4', '5'])];
        const own = stored().filter((body) => /"orderId":"[1-5]"|checkout-[1-5]"/.test(JSON.stringify(body)));
        return JSON.stringify([given, own.map((body) => Reflect.get(Object(body), 'deniesItselfAlone'))]);
      }),
    );
    expect(new Set(answers)).toHaveProperty('size', 1);
  },
);

test("a network's repeat of its own denial is free, and another network's takes a place", async () => {
  const { post } = start();
  const full = Array.from({ length: 5 }, (_, index) => purchase(String(index), denied));
  await post(full);
  expect(await post(full)).toMatchObject({ json: { accepted: 5, rejected: [] } });
  expect(await post([...full, purchase('5', denied)], '203.0.113.9')).toMatchObject({ json: { rejected: [{ index: 5 }] } });
});

test('the networks of a /48 have one rate of denied purchases', async () => {
  const { post } = start();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => post([purchase(String(index), denied)], `2001:db8:7:${index}00::1`)),
  );
  expect(answers.filter(({ json }) => JSON.stringify(json).includes('denials-too-many'))).toHaveLength(3);
});

test('callers without a public address have no rate of denied purchases, because many may be behind one proxy', async () => {
  const { post } = start();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => post([purchase(String(index), denied)], `10.0.0.${index}`)),
  );
  expect(answers.filter(({ json }) => JSON.stringify(json).includes('denials-too-many'))).toHaveLength(0);
});

test('a denial under an id that nobody can guess has no limit', async () => {
  const { post } = start();
  const secret = (index: number) => purchase(`5f3b1d2e9c8a47b6a1d0e4f2c3b5a69${index}`, denied);
  expect(await post(Array.from({ length: 8 }, (_, index) => secret(index)))).toMatchObject({
    json: { accepted: 8, rejected: [] },
  });
  expect(await post(Array.from({ length: 5 }, (_, index) => purchase(String(index), denied)))).toMatchObject({
    json: { accepted: 5 },
  });
});

test.each([
  ['a choice that cannot be read', { adStorage: 'maybe' }],
  ["a tool's default", { adStorage: 'denied', explicit: false }],
])('a network reports more than 5 purchases with %s, of which only 5 deny the events of the shop', async (_what, consent) => {
  const { post, stored } = start();
  const many = Array.from({ length: 7 }, (_, index) => ({ ...purchase(String(index), {}), consent }));
  expect(await post(many)).toMatchObject({ json: { accepted: 7, rejected: [] } });
  const bodies = stored().map((body) => JSON.stringify(body));
  expect(bodies.every((body) => body.includes('"effective":"denied"'))).toBe(true);
  expect(bodies.map((body) => body.includes('"deniesItselfAlone":true'))).toEqual([...Array(5).fill(false), true, true]);
  expect(await post([purchase('8', denied)]), "the shopper's choice has its own limit").toMatchObject({ json: { rejected: [] } });
});

test("a shopper's choice is stored when the purchase is not", async () => {
  const { post, stored } = start();
  await post(Array.from({ length: 5 }, (_, index) => purchase(`false-${index}`, denied)));
  const decline = purchase('1', denied, nameOf('visitor-one'));
  expect(await post([decline, { name: 'PageView', time: now, consent: denied }])).toMatchObject({
    status: 202,
    json: { accepted: 1, rejected: [{ index: 0 }], visitorId: null },
  });
  await post([purchase('3', denied)]);
  const choice = (consent: object, identity: object, checkoutId: string) => ({
    ...{ name: '$denial', reporter: 'browser', consent },
    identity: { forms: {}, clickIds: {}, ...identity },
    commerce: { checkoutId },
  });
  const choices = stored().filter((body) => JSON.stringify(body).includes('$denial'));
  expect(choices).toMatchObject([
    choice({ stated: 'denied' }, { anonymousId: 'visitor-one' }, 'checkout-1'),
    choice({ stated: 'denied' }, {}, 'checkout-3'),
  ]);
});

test("a decline is stored although a stranger's browser granted the same purchase, and its repeat is not", async () => {
  const { post, stored, counted } = start();
  await post([purchase('1002', granted)], '203.0.113.9');
  for (const repeat of ['the first', 'a repeat'])
    expect(await post([purchase('1002', denied)]), repeat).toMatchObject({ json: { accepted: 1, duplicates: 0, rejected: [] } });
  expect(counted).toEqual([
    [1, 0],
    [1, 0],
    [0, 1],
  ]);
  const choices = stored().map((body) => Reflect.get(Object(body), 'consent').stated);
  expect(choices).toEqual(['granted', 'denied']);
});

test.each([
  ['declined', 'the policy denied', denied],
  ['without a use', 'it was declined', noSale],
])('a purchase that is %s takes a place of its own in a body in which %s before', async (_what, _before, consent) => {
  const { post, stored } = start();
  const other = consent === denied ? { adStorage: 'denied', explicit: false } : denied;
  const both = (orderId: string) => [purchase(orderId, other), purchase(orderId, consent)];
  for (let order = 0; order < 5; order += 1) await post(both(String(order)));
  await post([purchase('own', consent)]);
  const own = stored()
    .map((body) => JSON.stringify(body))
    .filter((body) => /"name":"Purchase".*checkout-own/.test(body));
  expect(own.filter((body) => !body.includes('deniesItselfAlone'))).toEqual([]);
});

test("reports that deny themselves alone do not take the place of a shopper's denial", async () => {
  const { post, stored } = start();
  await post(Array.from({ length: 6 }, (_, index) => purchase(String(index), noSale)));
  await post([purchase('5', noSale)], '203.0.113.9');
  const last = stored().filter((body) => /"orderId":"5"/.test(JSON.stringify(body)));
  expect(last.map((body) => /deniesItselfAlone/.test(JSON.stringify(body)))).toEqual([true, false]);
});

test.each([
  ['without a choice', { adStorage: 'denied', explicit: false }],
  ['without a use', noSale],
])("a denial %s beyond the limit does not make a shopper's grant a repeat, in either order", async (_what, consent) => {
  const { post, counted } = start();
  await post(
    Array.from({ length: 6 }, (_, index) => purchase(String(index), consent)),
    '203.0.113.9',
  );
  expect(await post([purchase('5', granted, nameOf('shopper'))])).toMatchObject({ json: { accepted: 1 } });
  await post([purchase('6', granted, nameOf('shopper'))]);
  await post([purchase('6', consent)], '203.0.113.9');
  expect(counted.map(([, duplicates]) => duplicates)).toEqual([0, 0, 0, 0]);
});

test('the answer to a repeat is the same whether the event was stored before or not', async () => {
  const { post, counted } = start();
  const report = (orderId: string) => [purchase(orderId, granted, nameOf('somebody')), { ...purchase('same', granted) }];
  const signal = { type: 'identify', id: 'one', consent: granted, ...nameOf('somebody') };
  await post(report('known'), '203.0.113.9', [signal]);
  const known = await post(report('known'), undefined, [signal]);
  const unknown = await post(
    report('unknown').map((one) => ({ ...one, id: `new-${one.commerce.orderId}` })),
    undefined,
    [{ ...signal, id: 'two' }],
  );
  expect(known).toEqual(unknown);
  expect(known).toMatchObject({ json: { accepted: 2, duplicates: 0 } });
  expect(counted, 'the metrics count the repeats').toEqual([
    [2, 0],
    [0, 2],
    [2, 0],
  ]);
  const twice = [purchase('twice', granted), purchase('twice', granted), purchase('known', granted)];
  expect(await post(twice)).toMatchObject({ json: { accepted: 2, duplicates: 1 } });
});
