import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Engines, idsIn, reply, sha256Of, until } from '../delivery/delivery.fixture.ts';
import { externalIdHash, sha256 } from '../identity/hash.ts';
import { emailForms, phoneForms, readPhone } from '../identity/normal-forms.ts';
import type { ErasureReport } from './erase.ts';
import { type PersonKey, readWanted } from './person.ts';
import { bob, jane, Scene } from './retention.fixture.ts';

let engines: Engines;
let scene: Scene;

beforeAll(async () => {
  engines = await Engines.open();
});
afterAll(() => engines.close());
beforeEach(async () => {
  scene = new Scene(engines);
  await scene.start();
});
afterEach(() => scene.stop());

const at = (seconds: number) => scene.bench.clock.now() - 600_000 + seconds * 1_000;
const event = (id: string, seconds: number, more: Parameters<Scene['bench']['event']>[1] = {}) =>
  scene.bench.event(id, { time: at(seconds), ...more });
const identity = (anonymousId: string | undefined, person: object = { forms: {} }) => {
  return { forms: {}, clickIds: {}, ...(anonymousId !== undefined && { anonymousId }), ...person };
};
const settled = async (offsets: readonly string[]) =>
  until(async () => (await scene.bench.outcomesOf(offsets)).every((outcome) => outcome !== undefined));

async function erase(key: PersonKey, value: string, of = scene.eraser(), dryRun = false): Promise<ErasureReport> {
  const wanted = readWanted(key, value, 'US');
  if (!wanted) throw new Error('the key cannot be read');
  const report = await of.erase(scene.site, wanted, dryRun);
  if (report === 'busy') throw new Error('another erasure runs');
  return report;
}

describe('erasing a person', () => {
  it('takes what was recorded under their visitor ids, before and after they said who they are', async () => {
    const offsets = await scene.append(
      event('view', 1, { identity: identity('v1') }),
      event('told', 2, { identity: identity('v1', jane) }),
      event('after', 3, { identity: identity('v1') }),
      event('elsewhere', 4, { identity: identity('v2', { forms: { emailGiven: jane.forms.emailPlain } }) }),
      event('there', 5, { identity: identity('v2') }),
      event('other', 6, { identity: identity('v3', bob) }),
    );
    await settled(offsets);
    const report = await erase('email', jane.forms.emailPlain);
    expect(await scene.left()).toEqual(['other']);
    expect(report).toMatchObject({
      events: 5,
      copies: 0,
      visitors: 2,
      received: [{ connection: 'bing', events: 5, inDoubt: 0 }],
    });
    expect([...(await scene.bench.store.facts(scene.site.id, ['v1', 'v2', 'v3'])).keys()]).toEqual(['v3']);
  });

  it('leaves what another person told in the same browser, and their facts', async () => {
    const click = (value: string, seconds: number) => ({ clickIds: { msclkid: { value, at: at(seconds) } } });
    const offsets = await scene.append(
      event('jane', 1, { identity: identity('v1', { ...jane, ...click('hers', 1) }) }),
      event('anonymous', 2, { identity: identity('v1') }),
      event('bob', 3, { identity: identity('v1', { ...bob, ...click('his', 3) }) }),
      event('jane-again', 4, { identity: identity('v1', jane) }),
    );
    await settled(offsets);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 3, visitors: 1 });
    expect(await scene.left()).toEqual(['bob']);
    const facts = (await scene.bench.store.facts(scene.site.id, ['v1'])).get('v1');
    expect(facts?.persons.map(({ value }) => value)).toMatchObject([bob]);
    expect(facts?.clicks.msclkid?.map(({ value }) => value)).toEqual(['his']);
    const links = await scene.bench.store.linksOf(scene.site.id, ['v1']);
    expect(links.map(({ key }) => key).toSorted()).toEqual(
      Object.values(bob.forms)
        .map((hash) => `email:${hash}`)
        .toSorted(),
    );
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 0, visitors: 0, attempts: 0 });
  });

  it('takes an event with its copies, whichever of them names the person', async () => {
    const offsets = await scene.append(
      event('buy', 1, { name: 'Purchase', identity: identity('v1') }),
      event('buy', 2, { name: 'Purchase', reporter: 'server', identity: identity(undefined, jane) }),
    );
    await settled(offsets);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 1, copies: 1 });
    expect(await scene.left()).toEqual([]);
  });

  it('takes an event that names nobody, where the e-mail was recalled for it', async () => {
    const { forms, externalId } = jane;
    const offsets = await scene.append(
      event('told', 1, { identity: identity('v1', { forms, externalId }) }),
      event('recalled', 2, { reporter: 'server', identity: identity(undefined, { externalId }) }),
    );
    await settled(offsets);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 2 });
    expect(await scene.left()).toEqual([]);
  });

  it.each<[PersonKey, string, readonly string[]]>([
    ['email', ' Jane.Doe+x@Shop.example ', ['email', 'raw']],
    ['phone', '(425) 555-1234', ['phone']],
    ['phone', '+14255551234', ['phone']],
    ['externalId', 'cust-7', ['customer']],
    ['anonymousId', 'v-9', ['visitor']],
    ['eventId', 'single', ['single']],
    ['orderId', '1001', ['ordered', 'purchase-1001']],
  ])('finds a person by %s %s as it was told', async (key, value, gone) => {
    const phone = readPhone('+1 425 555 1234');
    const person = {
      email: identity(undefined, { forms: emailForms('jane.doe+x@shop.example') }),
      raw: identity(undefined, { forms: { emailGiven: sha256('Jane.Doe+x@Shop.example') } }),
      phone: identity(undefined, { forms: phone ? phoneForms(phone) : {} }),
      customer: identity(undefined, { externalId: externalIdHash('cust-7') }),
      visitor: identity('v-9'),
      single: identity(undefined),
    };
    const offsets = await scene.append(
      ...Object.entries(person).map(([id, who]) => event(id, 1, { identity: who })),
      event('ordered', 1, { commerce: { orderId: '1001' } }),
      event('purchase-1001', 1, { name: 'Purchase' }),
      event('purchase-10011', 1, { name: 'Purchase', commerce: { orderId: '10011' } }),
    );
    await settled(offsets);
    const before = await scene.left();
    await erase(key, value);
    expect(await scene.left()).toEqual(before.filter((id) => !gone.includes(id)));
  });

  it.each([
    ['email', 'jane'],
    ['phone', '12'],
    ['anonymousId', 'v 1'],
    ['orderId', ' '],
  ] as const)('is refused by %s %j, which is none', (key, value) => {
    expect(readWanted(key, value, 'US')).toBeUndefined();
  });

  it('takes them out of a request whose answer never came, and the rest of it goes again', async () => {
    scene.sender.answer = () => ({ unknown: 'ECONNRESET' });
    const offsets = await scene.append(
      event('jane', 1, { identity: identity('v1', jane) }),
      event('bob', 2, { identity: identity('v2', bob) }),
    );
    await until(() => scene.sender.deliveries.length > 0);
    expect(idsIn(scene.sender.deliveries[0] ?? { method: 'POST', url: '', headers: {}, body: '[]' })).toEqual(['jane', 'bob']);
    const report = await erase('email', jane.forms.emailPlain);
    expect(report.received).toMatchObject([{ connection: 'bing', events: 0, inDoubt: 1 }]);
    const sent = scene.sender.requests.length;
    scene.sender.answer = () => reply(200);
    await settled(offsets);
    expect(scene.sender.requests.slice(sent).flatMap(idsIn)).toEqual(['bob']);
    expect(await scene.bench.outcomesOf(offsets)).toEqual(['erased', 'delivered']);
  });

  it('takes dead letters, and what waits', async () => {
    const offsets = await scene.append(
      event('refused', 1, { identity: identity('v1', jane), properties: { reject: true } }),
      event('pending', 0, {
        identity: identity('v4', { forms: jane.forms }),
        consent: { stated: 'unknown', effective: 'pending' },
      }),
    );
    await settled(offsets.slice(0, 1));
    const letters = () => scene.bench.store.deadLetters(scene.bench.pumpId, 9);
    expect(await letters()).toHaveLength(1);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 2, deadLetters: 1 });
    expect(await letters()).toEqual([]);
    expect(await scene.left()).toEqual([]);
    await until(async () => (await scene.bench.outcomesOf(offsets))[1] === 'erased');
  });

  it('only tells what would go when it is asked for that', async () => {
    const offsets = await scene.append(event('told', 1, { identity: identity('v1', jane) }));
    await settled(offsets);
    expect(await erase('email', jane.forms.emailPlain, scene.eraser(), true)).toMatchObject({
      dryRun: true,
      events: 1,
      attempts: 1,
    });
    expect(await scene.left()).toEqual(['told']);
    expect(await scene.bench.store.facts(scene.site.id, ['v1'])).toHaveProperty('size', 1);
  });

  it.each(['redact', 'eraseAttempts', 'endErasure'] as const)(
    'is finished by the next one when it was cut off before %s',
    async (step) => {
      const offsets = await scene.append(
        event('told', 1, { identity: identity('v1', jane) }),
        event('view', 2, { identity: identity('v1') }),
        event('bob', 3, { identity: identity('v2', bob) }),
      );
      await settled(offsets);
      const { log, store } = scene.bench;
      const cutOff = scene.eraser({ log: without(log, step), store: without(store, step) });
      await expect(erase('email', jane.forms.emailPlain, cutOff)).rejects.toThrow('cut off');
      expect(await store.erasing(scene.site.id)).toEqual(offsets.slice(0, 2));
      await erase('eventId', 'nobody');
      expect(await store.erasing(scene.site.id)).toBeUndefined();
      expect(await scene.left()).toEqual(['bob']);
      const { attempts } = await store.attemptsOfSite(scene.site.id, 0, 9);
      expect(attempts.map(({ body }) => body).join()).not.toContain(sha256Of('1'));
      expect(attempts.map(({ body }) => body).join()).toContain(sha256Of('a'));
    },
  );

  it('runs once at a time for a site', async () => {
    const wanted = readWanted('eventId', 'x', undefined);
    if (!wanted) throw new Error('the key cannot be read');
    const eraser = scene.eraser();
    const first = eraser.erase(scene.site, wanted, false);
    expect(await eraser.erase(scene.site, wanted, false)).toBe('busy');
    expect(await first).toMatchObject({ events: 0 });
    expect(eraser.looked(scene.site)).toBeUndefined();
  });
});

/** The same engine, whose one method fails. */
function without<T extends object>(engine: T, method: string): T {
  return new Proxy(engine, {
    get(of, key) {
      if (key === method) return () => Promise.reject(new Error('cut off'));
      const value: unknown = Reflect.get(of, key);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
}
