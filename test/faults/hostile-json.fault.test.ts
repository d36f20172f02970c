import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sized, tell } from './fault-scale.ts';
import { cutOff, eachOf, type Heard, type JsonRoute, startHostile } from './hostile-input.fixture.ts';
import { type JsonCase, jsonCases } from './json-cases.ts';

/** What the loop may be held up at most; the bound of the test is wide, because other tests run beside it. */
const aimMs = 50;
const boundMs = 5_000;

let hostile: Awaited<ReturnType<typeof startHostile>>;
beforeEach(async () => {
  hostile = await startHostile();
});
afterEach(() => hostile.close());

const utf8 = new TextEncoder();

/** What is wrong with an answer to such a body, if anything is. */
function fault({ verdict }: JsonCase, { status, code, body }: Heard): string | undefined {
  if (status >= 500) return `${status} ${code}`;
  if (verdict === 'refused' && status !== 400) return `refused by the grammar, and answered ${status}`;
  if (status >= 400) return code === undefined ? `${status} without a code` : undefined;
  return typeof body === 'object' ? undefined : `${status} without an answer`;
}

async function faults(routes: readonly JsonRoute[], cases: readonly JsonCase[]): Promise<string[]> {
  const found: string[] = [];
  const each = routes.flatMap((route) => cases.map((one) => ({ route, one })));
  await eachOf(each, 16, async ({ route, one }) => {
    const [before, after] = route.around();
    const bodies = { bare: one.bytes, wrapped: Buffer.concat([utf8.encode(before), one.bytes, utf8.encode(after)]) };
    for (const [form, body] of Object.entries(bodies)) {
      // No body at all is what a route of the admin API without one is asked with.
      if (body.length === 0) continue;
      const wrong = fault(one, await route.send(body));
      if (wrong !== undefined)
        found.push(`${route.name}, ${form} ${JSON.stringify(Buffer.from(one.bytes).toString().slice(0, 60))}: ${wrong}`);
    }
  });
  return found;
}

it("answers every edge of JSON's grammar, on every route that takes JSON", async (context) => {
  // The admin API reads every body in one place.
  const ofAdmin = jsonCases.filter((_, n) => n % sized({ part: 5, whole: 1, nightly: 1 }) === 0);
  expect(hostile.admin.length).toBeGreaterThan(10);
  expect(jsonCases.length).toBeGreaterThanOrEqual(300);
  expect(await faults(hostile.collector, jsonCases)).toEqual([]);
  expect(await faults(hostile.admin, ofAdmin)).toEqual([]);
  const [events] = hostile.collector;
  for (const { verdict, bytes } of jsonCases) {
    if (verdict !== 'accepted' || events === undefined) continue;
    const [before, after] = events.around();
    const heard = await events.send(Buffer.concat([utf8.encode(before), bytes, utf8.encode(after)]));
    expect(heard, Buffer.from(bytes).toString().slice(0, 60)).toMatchObject({ status: 202, body: { accepted: 1, rejected: [] } });
  }
  const stored = await hostile.stored();
  expect(stored.length).toBeGreaterThan(500);
  expect(stored.filter(({ text, again }) => text !== again)).toEqual([]);
  tell(context, {
    fault: 'B1',
    what: 'edge cases of JSON, bare and wrapped',
    times: `${jsonCases.length} cases, ${ofAdmin.length} of them for the admin API`,
    holds: 'accepted: 2xx or a named issue; refused: 400; undefined: no 5xx',
    seen: `${2 * (jsonCases.length * hostile.collector.length + ofAdmin.length * hostile.admin.length)} bodies answered so`,
  });
});

const part = fc.oneof(
  { weight: 6, arbitrary: fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[
        '1e400',
        '-1e400',
        '-0',
        '1e-999',
        '9'.repeat(400),
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\u0000"',
        '"\\ufeff"',
        'null',
        '""',
      ],
      ...[
        '{"__proto__":{"name":"Purchase"}}',
        '{"constructor":{"prototype":{"x":1}}}',
        '"__proto__"',
        '{"toString":1,"valueOf":2}',
      ],
      ...['[[[[]]]]', '{"a":1,"a":2}', '{"":{"":{"":1}}}', '{"toJSON":1}', '"null"', '"undefined"', '"[object Object]"'],
    ),
  },
  { weight: 1, arbitrary: fc.nat(40_000).map((length) => `"${'x'.repeat(length)}"`) },
  { weight: 1, arbitrary: fc.nat(60).map((levels) => '['.repeat(levels) + ']'.repeat(levels)) },
  {
    weight: 1,
    arbitrary: fc.nat(3_000).map((count) => `{${Array.from({ length: count }, (_, n) => `"k${n}":${n}`).join(',')}}`),
  },
);
const places = [
  ...[
    'name',
    'id',
    'time',
    'page',
    'user',
    'clickIds',
    'consent',
    'commerce',
    'goal',
    'properties',
    'cookies',
    'type',
    '__proto__',
  ],
  ...['constructor', 'toString', 'hasOwnProperty', '\\u005f_proto__', '\\ud800', ''],
];
const fields = [
  ...[
    'url',
    'referrer',
    'title',
    'email',
    'phone',
    'emailSha256',
    'ip',
    'userAgent',
    'anonymousId',
    'externalId',
    'country',
    'value',
  ],
  ...['currency', 'orderId', 'items', 'hotel', 'adStorage', 'source', 'explicit', 'msclkid', '__proto__', 'toJSON', 'length'],
];
/** An object of text, so that a key may come twice and a value may be what no number is. */
const object = (names: readonly string[], value: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 12 })
    .map((members) => `{${members.map(([name, text]) => `"${name}":${text}`).join(',')}}`);
const event = object(places, fc.oneof({ weight: 1, arbitrary: part }, { weight: 2, arbitrary: object(fields, part) })).map(
  (text) => (text === '{}' ? '{"name":"Lead"}' : `{"name":"Lead",${text.slice(1)}`),
);
const body = fc
  .record({
    events: fc.oneof({ weight: 9, arbitrary: fc.array(event, { maxLength: 4 }).map((all) => `[${all.join(',')}]`) }, part),
    rest: object(['writeKey', 'sentAt', 'signals', 'events', '__proto__', 'site'], part),
  })
  .map(({ events, rest }) => `{"writeKey":"wk_test_0123","events":${events}${rest === '{}' ? '' : `,${rest.slice(1, -1)}`}}`);
const bytes = fc.oneof(
  { weight: 12, arbitrary: body.map((text) => utf8.encode(text)) },
  { weight: 1, arbitrary: body.map((text) => Buffer.from(`\ufeff${text}`)) },
  { weight: 1, arbitrary: body.map((text) => Buffer.from(`\ufeff${text}`, 'utf16le')) },
  { weight: 1, arbitrary: body.map((text) => Buffer.from(text, 'latin1')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(body, fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([text, at]) => utf8.encode(text).subarray(0, Math.floor(text.length * at))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        body,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom([0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xff], [0x00], [0xef, 0xbb, 0xbf]),
      )
      .map(([text, at, junk]) => {
        const place = Math.floor(text.length * at);
        return Buffer.concat([utf8.encode(text.slice(0, place)), Uint8Array.from(junk), utf8.encode(text.slice(place))]);
      }),
  },
);

/** Each as large as it may come, or larger, and costly in a way of its own. */
const giants: readonly string[] = [
  '['.repeat(3_000_000),
  '{"a":'.repeat(600_000),
  `{"events":[{"name":"Lead","properties":${'['.repeat(500_000)}`,
  `{"events":[{"name":"Lead","properties":{${Array.from({ length: 1_000_000 }, (_, n) => `"${n}":1`).join(',')}}}]}`,
  `{"events":[{"name":"Lead","properties":{${Array.from({ length: 60_000 }, (_, n) => `"k${n}":1`).join(',')}}}]}`,
  `{"events":[{"name":"Lead","properties":{${Array.from({ length: 80_000 }, (_, n) => `"k${n}":1`).join(',')}}}]}`,
  `{"events":[{"name":"Lead","properties":{"list":[${'{},'.repeat(300_000)}{}]}}]}`,
  `{"events":[{"name":"Lead","properties":{"list":[${'1e9,'.repeat(250_000)}1]}}]}`,
  `{"events":[{"name":"Lead","page":{"title":"${'x'.repeat(1_000_000)}"}}]}`,
  `{"events":[{"name":"Lead","page":{"url":"https://shop.example/?${'a=%00&'.repeat(160_000)}"}}]}`,
  `{"events":[{"name":"Lead","user":{"email":"${'a.'.repeat(250_000)}@${'b.'.repeat(250_000)}example"}}]}`,
  `{"events":[{"name":"Lead","properties":{"text":"${'jane@shop.example '.repeat(58_000)}"}}]}`,
  `{"events":[{"name":"Lead","commerce":{"value":${'9'.repeat(1_000_000)}}}]}`,
  `{"events":[{"name":"Lead","id":"${'\\u0000'.repeat(170_000)}"}]}`,
  `{"events":[${Array(500)
    .fill(`{"name":"Lead","user":{"phone":"${'+1 '.repeat(600)}"}}`)
    .join(',')}]}`,
  `{"events":[${'"x",'.repeat(250_000)}1]}`,
  `{${'"events":[],'.repeat(80_000)}"events":[{"name":"Lead"}]}`,
];

it('answers every wrong type in place of each field of an event', async (context) => {
  const runs = sized({ part: 600, whole: 20_000, nightly: 2_000_000 });
  const found: string[] = [];
  await hostile.longestHoldUp();
  let done = 0;
  // One seed for each batch, so that a find can be made again; not a property of fast-check's, which would shrink over the network.
  for (let seed = 1; done < runs; seed++) {
    const batch = fc.sample(bytes, { numRuns: Math.min(500, runs - done), seed });
    done += batch.length;
    await eachOf(batch, 16, async (one) => {
      for (const route of hostile.collector) {
        const { status, code } = await route.send(one);
        if (status >= 500 || (status >= 400 && code === undefined)) found.push(`seed ${seed}, ${route.name}: ${status} ${code}`);
      }
    });
  }
  const amongSmall = await hostile.longestHoldUp();
  expect(found).toEqual([]);
  for (const giant of giants)
    for (const route of hostile.collector) {
      const { status, code } = await route.send(Buffer.from(giant)).catch(cutOff(413));
      if (status >= 500 || (code === undefined) !== status < 400)
        found.push(`${giant.slice(0, 60)}, ${route.name}: ${status} ${code}`);
    }
  const amongGiants = await hostile.longestHoldUp();
  expect(found).toEqual([]);
  expect(Math.max(amongSmall, amongGiants)).toBeLessThan(boundMs);
  const stored = await hostile.stored();
  expect(stored.length).toBeGreaterThan(runs / 4);
  expect(stored.filter(({ text, again }) => text !== again)).toEqual([]);
  tell(context, {
    fault: 'B2',
    what: 'structural fuzz of events, and giants',
    times: `${done} bodies, ${giants.length} giants`,
    holds: `no 5xx; loop held up at most ${aimMs} ms (bound ${boundMs})`,
    seen: `0 5xx; ${amongSmall.toFixed(0)} ms, with giants ${amongGiants.toFixed(0)} ms; ${stored.length} records re-serialise`,
  });
}, 3_600_000);

it('stays responsive while many large bodies arrive at once', async (context) => {
  const bodies = sized({ part: 60, whole: 1_000, nightly: 10_000 });
  const items = Array.from({ length: 12 }, (_, n) => ({
    id: `sku-${n}`,
    name: 'Wall clock',
    price: 99.9,
    quantity: 1,
    brand: 'Horae',
  }));
  const large = (n: number) =>
    JSON.stringify({
      events: Array.from({ length: 500 }, (_, i) => ({
        name: 'Lead',
        id: `l-${n}-${i}`,
        commerce: { value: 1, currency: 'USD', items },
      })),
    });
  const [events] = hostile.collector;
  await hostile.longestHoldUp();
  let isOver = false;
  const waits: number[] = [];
  const others = (async () => {
    while (!isOver) {
      const from = performance.now();
      expect((await fetch(`${hostile.url}/healthz`)).status).toBe(200);
      waits.push(performance.now() - from);
      await sleep(10);
    }
  })();
  const answers = new Map<number, number>();
  await eachOf(
    Array.from({ length: bodies }, (_, n) => n),
    16,
    async (n) => {
      const status = (await events?.send(Buffer.from(large(n))).catch(cutOff(503)))?.status ?? 0;
      answers.set(status, (answers.get(status) ?? 0) + 1);
    },
  );
  isOver = true;
  await others;
  const heldUp = await hostile.longestHoldUp();
  expect([...answers.keys()].filter((status) => status !== 202 && status !== 503)).toEqual([]);
  expect(answers.get(202)).toBeGreaterThan(0);
  expect(heldUp).toBeLessThan(boundMs);
  tell(context, {
    fault: 'B2',
    what: 'large bodies, 16 at once',
    times: `${bodies} bodies of ${(large(0).length / 1_024).toFixed(0)} KiB`,
    holds: `loop held up at most ${aimMs} ms (bound ${boundMs})`,
    seen: `${heldUp.toFixed(0)} ms; others waited at most ${Math.max(...waits).toFixed(0)} ms; ${answers.get(202)} taken`,
  });
}, 600_000);
