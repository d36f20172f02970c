import { describe, expect, it } from 'vitest';
import { parseEvent } from '../event/parse-event.ts';
import type { Rule, RuleAction } from '../event/rule.ts';
import { compileRules } from '../rules/evaluate.ts';
import { createConsumerSite, waitUntil } from './delivery.fixture.ts';
import type { SendResult } from './sending/http-sender.ts';
import { type TestSite, useTestStorage } from './test-site.fixture.ts';
import { buildReply, isQuestion, laterPlatform, tinyPlatform } from './tiny-platform.fixture.ts';

const storage = useTestStorage();

const countRules = async (site: TestSite) =>
  (await site.store.getRuleCounts([site.consumerId], 0, Number.MAX_SAFE_INTEGER)).map(({ rule, events }) => `${rule} ${events}`);

/** The tiny platform, whose payloads have the event's name too. */
const namingPlatform: typeof tinyPlatform = {
  ...tinyPlatform,
  map(event) {
    const mapped = tinyPlatform.map(event);
    if (!('payload' in mapped)) return mapped;
    const payload = { id: event.id, name: event.name, value: event.commerce.value ?? null };
    return { ...mapped, payload, text: JSON.stringify(payload) };
  },
};

function buildRule(id: string, tag: string, then: RuleAction): Rule {
  return { id, name: id, when: { field: 'commerce.tags', is: 'contains', value: tag }, then, enabled: true };
}

const wholesale = buildRule('wholesale', 'wholesale', { skip: true });
const net = buildRule('net', 'net', { set: { 'commerce.value': { minus: ['commerce.tax'] } } });
const first = buildRule('first', 'first', { also: { name: 'FirstOrder' } });
const rename = buildRule('rename', 'renamed', { rename: 'Wholesale' });

function compile(siteRules: readonly Rule[], ownRules: readonly Rule[] = []) {
  const rules = compileRules('bing', siteRules, ownRules);
  if (!rules) throw new Error('no rules');
  return rules;
}

/** Returns an order of the shop with these tags. */
const order = (site: TestSite, id: string, ...tags: readonly string[]) =>
  site.event(id, { name: 'Purchase', reporter: 'server', commerce: { value: 100, currency: 'EUR', tax: 19, tags } });

describe('a connection with rules', () => {
  it('skips, changes and renames events by its rules, and keeps the rules with each outcome', async () => {
    const site = storage.createSite(100);
    site.identity();
    const rules = compile([wholesale, net], [rename]);
    site.connection({ destination: namingPlatform, rules });
    const orders = [order(site, 'a', 'wholesale', 'net'), order(site, 'b', 'net', 'renamed'), order(site, 'c')];
    const offsets = await site.deliver(...orders);
    expect(await site.getOutcomes(offsets)).toEqual(['rule', 'delivered', 'delivered']);
    expect(site.sender.deliveries.flatMap(({ body }) => JSON.parse(body))).toEqual([
      { id: 'b', name: 'Wholesale', value: 81 },
      { id: 'c', name: 'Purchase', value: 100 },
    ]);
    const outcomes = await site.store.getOutcomes(site.consumerId, offsets);
    const message = 'Rule “wholesale” skipped the event.';
    expect(offsets.map((offset) => outcomes.get(offset))).toMatchObject([
      {
        issues: [{ field: 'rules.wholesale', code: 'skipped-by-rule', message }],
        rules: { digest: rules.digest, effects: [{ rule: 'wholesale', did: 'skip', message }] },
      },
      {
        issues: [],
        rules: {
          effects: [
            { rule: 'net', did: 'set' },
            { rule: 'rename', did: 'rename' },
          ],
        },
      },
      { rules: { digest: rules.digest, effects: [] } },
    ]);
  });

  it('adds an event that this connection alone delivers, once, with its own outcome', async () => {
    const site = storage.createSite(100);
    site.identity();
    let isDown = true;
    site.sender.answer = () => buildReply(isDown ? 503 : 200);
    const consumer = site.connection({ destination: namingPlatform, rules: compile([first]) });
    const other = `${site.site}/other`;
    site.connection({ consumer: other, destination: namingPlatform });
    const [offset = ''] = await site.append(order(site, 'a', 'first'));
    await waitUntil(async () => (await site.store.findEvents(site.site, 'a~first')).length === 1);
    // The plan is made again, as after a crash before its commit.
    await consumer.stop();
    site.connection({ destination: namingPlatform, rules: compile([first]) });
    isDown = false;
    const [added = ''] = await site.store.findEvents(site.site, 'a~first');
    await site.waitUntilSettled([offset, added]);
    await waitUntil(async () => ((await site.store.getConnectionState(other))?.cursor ?? '') >= added);
    expect(await site.getOutcomes([offset, added])).toEqual(['delivered', 'delivered']);
    expect([...(await site.store.getOutcomes(other, [offset, added])).keys()]).toEqual([offset]);
    expect(site.sender.accepted.toSorted()).toEqual(['a', 'a', 'a~first']);
    const [record] = await site.log.get(site.site, [added]);
    expect(record && 'bytes' in record.body && parseEvent(record.body.bytes)).toMatchObject({
      name: 'FirstOrder',
      addedBy: { rule: 'first', connection: 'bing' },
    });
    expect(await site.store.findDuplicates(site.site, '', '~')).toEqual(new Map());
  });

  it('sends an order of a till only by a rule that tests its channel: under another name, or as a further event', async () => {
    const till = (id: string, then: RuleAction): Rule => ({
      ...buildRule(id, '', then),
      when: { field: 'commerce.channel', is: 'equals', value: id },
    });
    const site = storage.createSite(100);
    site.identity();
    const any: Rule = { ...first, when: { field: 'name', is: 'equals', value: 'Purchase' } };
    const rules = compile([any, till('pos', { rename: 'StoreOrder' }), till('draft', { also: { name: 'PhoneOrder' } })]);
    site.connection({ destination: namingPlatform, rules });
    const record = (id: string, channel: string, notSent: 'offline-order' | 'test-order' | 'record-only' = 'offline-order') =>
      site.event(id, { name: 'Purchase', reporter: 'webhook', notSent, commerce: { channel } });
    const orders = [
      record('a', 'pos'),
      record('b', 'draft'),
      record('c', 'renewal'),
      record('d', 'pos', 'test-order'),
      record('e', 'pos', 'record-only'),
    ];
    const offsets = await site.append(...orders);
    await site.waitUntilSettled(offsets);
    await waitUntil(() => site.sender.accepted.includes('b~draft'));
    expect(await site.getOutcomes(offsets)).toEqual(['delivered', 'offline-order', 'offline-order', 'test-order', 'record-only']);
    expect(site.sender.deliveries.flatMap(({ body }) => JSON.parse(body))).toMatchObject([
      { id: 'a', name: 'StoreOrder' },
      { id: 'b~draft', name: 'PhoneOrder' },
    ]);
    const outcomes = await site.store.getOutcomes(site.consumerId, offsets);
    expect(outcomes.get(offsets[1] ?? '')?.rules?.effects).toMatchObject([{ rule: 'draft', did: 'also' }]);
  });

  it('adds the events of an order whose hold ended while the request of the same range had no response', async () => {
    const site = storage.createSite(1_000);
    site.identity();
    const { promise, resolve } = Promise.withResolvers<SendResult>();
    site.sender.answer = () => promise;
    const holding = createConsumerSite(site.site, 60, ['a-secret']);
    site.connection({ site: holding, destination: namingPlatform, rules: compile([first, wholesale]) });
    const [, held = ''] = await site.append(site.event('a'), order(site, 'b', 'first', 'wholesale'));
    await waitUntil(() => site.sender.deliveries.length > 0);
    await site.pass(61_000);
    site.sender.answer = () => buildReply(200);
    resolve({ unknown: 'TIMEOUT' });
    await site.waitUntilSettled([held]);
    expect(await site.getOutcomes([held])).toEqual(['rule']);
    const findAdded = () => site.store.findEvents(site.site, 'b~first');
    await waitUntil(async () => (await findAdded()).length > 0);
    const added = await findAdded();
    await site.waitUntilSettled(added);
    expect([added.length, site.sender.accepted]).toEqual([1, ['a', 'b~first']]);
  });

  it('applies its present rules to a replay, so that a corrected rule sends what it skipped', async () => {
    const site = storage.createSite(100);
    site.identity();
    const { stop } = site.connection({ destination: namingPlatform, rules: compile([wholesale]) });
    const [offset = ''] = await site.deliver(order(site, 'a', 'wholesale', 'net'));
    expect(await site.getOutcomes([offset])).toEqual(['rule']);
    expect(await countRules(site)).toEqual(['wholesale 1']);
    await stop();
    const rules = compile([net]);
    const { consumer } = site.connection({ destination: namingPlatform, rules });
    expect(await consumer.replays.resend([offset], false)).toEqual({ eligible: 1 });
    await waitUntil(() => site.sender.accepted.includes('a'));
    await waitUntil(async () => (await site.getOutcomes([offset]))[0] === 'delivered');
    const outcome = (await site.store.getOutcomes(site.consumerId, [offset])).get(offset);
    expect(outcome).toMatchObject({ outcome: 'delivered', rules: { digest: rules.digest, effects: [{ rule: 'net' }] } });
    // A replay counts for the rules of that time, in place of those before.
    expect(await countRules(site)).toEqual(['net 1']);
  });

  it('counts a failed event for the rules of its retry, in place of those before', async () => {
    const site = storage.createSite(100);
    site.identity();
    site.sender.answer = () => buildReply(400, '{"bad":[0]}');
    const { stop } = site.connection({ destination: namingPlatform, rules: compile([net, rename]) });
    const offsets = await site.deliver(order(site, 'a', 'net', 'renamed'));
    expect(await site.getOutcomes(offsets)).toEqual(['dead']);
    expect(await countRules(site)).toEqual(['net 1', 'rename 1']);
    await stop();
    site.sender.answer = () => buildReply(200);
    const { consumer } = site.connection({ destination: namingPlatform, rules: compile([net]) });
    expect(await consumer.replays.retryDeadLetters('all')).toEqual({ eligible: 1 });
    await waitUntil(async () => (await site.getOutcomes(offsets))[0] === 'delivered');
    expect(await countRules(site)).toEqual(['net 1']);
  });

  it('keeps the rules of a request that it sends again after a restart, though they have changed meanwhile', async () => {
    const site = storage.createSite(100);
    site.identity();
    site.sender.answer = () => ({ unknown: 'reset' });
    const rules = compile([net]);
    const { stop } = site.connection({ destination: namingPlatform, rules });
    const [offset = ''] = await site.append(order(site, 'a', 'net'));
    await waitUntil(() => site.sender.deliveries.length > 0);
    await stop();
    site.sender.answer = () => buildReply(200);
    site.connection({ destination: namingPlatform, rules: compile([wholesale]) });
    await site.waitUntilSettled([offset]);
    const outcome = (await site.store.getOutcomes(site.consumerId, [offset])).get(offset);
    expect(outcome?.rules).toMatchObject({ digest: rules.digest, effects: [{ rule: 'net' }] });
  });

  it.each([
    ['delivered', buildReply(200)],
    ['dead', buildReply(400, '{"bad":[0]}')],
  ])('counts an event under its name after the rules when it is sent again after a restart and is %s', async (outcome, reply) => {
    const site = storage.createSite(100);
    site.identity();
    site.sender.answer = () => ({ unknown: 'reset' });
    const { stop } = site.connection({ destination: namingPlatform, rules: compile([rename]) });
    const [offset = ''] = await site.append(order(site, 'a', 'renamed'));
    await waitUntil(() => site.sender.deliveries.length > 0);
    await stop();
    site.sender.answer = () => reply;
    site.connection({ destination: namingPlatform, rules: compile([wholesale]) });
    await site.waitUntilSettled([offset]);
    expect(await site.getOutcomes([offset])).toEqual([outcome]);
    const counts = await site.store.getMatchCounts(site.consumerId, '0000-00-00', '9999-12-31');
    const letters = await site.store.listDeadLetters(site.consumerId, 10);
    expect([...counts, ...letters]).toMatchObject([{ eventName: 'Wholesale' }]);
    expect(await countRules(site)).toEqual(['rename 1']);
  });

  it('counts an event under its name after the rules when its verdict comes later', async () => {
    const site = storage.createSite(4_000);
    site.identity();
    site.sender.answer = (request) =>
      isQuestion(request)
        ? buildReply(200, '{"settled":[{"outcome":"delivered","issues":[]}],"issues":[]}')
        : buildReply(202, '{"ticket":"t1"}');
    site.connection({ destination: laterPlatform, rules: compile([rename]) });
    const [offset = ''] = await site.append(order(site, 'a', 'renamed'));
    await waitUntil(async () => (await site.getOutcomes([offset]))[0] === 'delivered');
    const counts = await site.store.getMatchCounts(site.consumerId, '0000-00-00', '9999-12-31');
    expect(counts).toMatchObject([{ eventName: 'Wholesale', delivered: 1 }]);
  });

  it('keeps the rules of events whose verdict comes later', async () => {
    const site = storage.createSite(4_000);
    site.identity();
    site.sender.answer = (request) => (isQuestion(request) ? buildReply(503) : buildReply(202, '{"ticket":"t1"}'));
    const rules = compile([net]);
    site.connection({ destination: laterPlatform, rules });
    const [offset = ''] = await site.append(order(site, 'a', 'net'));
    await waitUntil(async () => (await site.getOutcomes([offset]))[0] === 'awaiting-verdict');
    const getOutcome = async () => (await site.store.getOutcomes(site.consumerId, [offset])).get(offset);
    expect((await getOutcome())?.rules).toMatchObject({ digest: rules.digest, effects: [{ rule: 'net' }] });
    expect(await countRules(site)).toEqual(['net 1']);
    site.sender.answer = () => buildReply(200, '{"settled":[{"outcome":"delivered","issues":[]}],"issues":[]}');
    await waitUntil(async () => (await site.getOutcomes([offset]))[0] === 'delivered');
    expect((await getOutcome())?.rules).toMatchObject({ digest: rules.digest, effects: [{ rule: 'net' }] });
    expect(await countRules(site)).toEqual(['net 1']);
  });
});
