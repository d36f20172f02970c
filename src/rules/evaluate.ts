import { createHash } from 'node:crypto';
import { type Commerce, type EnrichedEvent, type Event, type Goal, isTrusted } from '../event/event.ts';
import { isForOfflineOrders } from '../event/offline-orders.ts';
import type { AppliedRules, Rule, RuleEffect, SetValue } from '../event/rule.ts';
import { compileCondition, type Predicate, toNumber } from './conditions.ts';
import { digestRules } from './digest.ts';
import { type FieldValue, findField } from './fields.ts';

/** The rules of one connection, ready to be evaluated: the site's first, then its own. */
export interface CompiledRules {
  /** Names the versions of both lists, separated by a dot. */
  readonly digest: string;
  readonly connection: string;
  readonly rules: readonly CompiledRule[];
}

interface CompiledRule {
  readonly rule: Rule;
  readonly holds: Predicate;
  readonly isOfflineRule: boolean;
}

export interface Evaluation {
  /** The event after all changes. */
  readonly event: EnrichedEvent;
  readonly isSkipped: boolean;
  /** Further events for this connection alone. */
  readonly also: readonly Event[];
  readonly applied: AppliedRules;
}

/** Compiles checked rules; `undefined` if there are none. */
export function compileRules(
  connection: string,
  siteRules: readonly Rule[] = [],
  ownRules: readonly Rule[] = [],
): CompiledRules | undefined {
  if (siteRules.length + ownRules.length === 0) return undefined;
  return {
    digest: `${digestRules(siteRules)}.${digestRules(ownRules)}`,
    connection,
    rules: [...siteRules, ...ownRules]
      .filter(({ enabled }) => enabled)
      .map((rule) => ({ rule, holds: compileCondition(rule.when), isOfflineRule: isForOfflineOrders(rule) })),
  };
}

type Verbs = Readonly<Record<RuleEffect['did'], string>>;

const pastVerbs: Verbs = { skip: 'skipped', rename: 'renamed', also: 'added', set: 'set', nothing: 'left' };

/** The verbs of a preview, which sends nothing. */
export const previewVerbs: Verbs = {
  skip: 'would skip',
  rename: 'would rename',
  also: 'would add',
  set: 'would set',
  nothing: 'would leave',
};

/**
 * Applies the rules to an event, in order: a rule sees the changes of those before it. `skip` ends. Pure. An order from outside the
 * storefront gets only the rules that are meant for it, and all that follow the one that renames it. A record that is never sent gets none.
 *
 * If the shop's reports do not confirm the browser's, rules read the shop's alone. They have the same effects as without the browser's report,
 * and change the merged event.
 * @param verbs of the messages
 */
export function evaluateRules(
  { digest, connection, rules }: CompiledRules,
  given: EnrichedEvent,
  verbs: Verbs = pastVerbs,
): Evaluation {
  let event = given;
  const also: Event[] = [];
  const effects: RuleEffect[] = [];
  const add = ({ id, name }: Rule, did: RuleEffect['did'], change: string) =>
    effects.push({ rule: id, did, message: `Rule “${name}” ${verbs[did]} ${change}.` });
  const { notSent } = given;
  /** An amount that depends on a property may be any number of the shop, such as a date of birth. */
  let hasReadProperty = false;
  for (const { rule, holds, isOfflineRule } of rules) {
    const isMeant = notSent === undefined || (notSent === 'offline-order' && (isOfflineRule || event.name !== given.name));
    if (!isMeant || !holds(toReadable(event))) continue;
    const { then: action } = rule;
    if ('skip' in action) {
      add(rule, 'skip', 'the event');
      return { event, isSkipped: true, also, applied: { digest, effects } };
    }
    if ('rename' in action) {
      if (action.rename === event.name) continue;
      add(rule, 'rename', `${event.name} to ${action.rename}`);
      event = rename(event, action.rename);
    } else if ('also' in action) {
      const added = createAddedEvent(event, rule.id, action.also.name, connection);
      if (also.some(({ name, id }) => name === added.name && id === added.id)) continue;
      add(rule, 'also', `the event ${added.name} with the id ${added.id}`);
      also.push(added);
    } else {
      for (const [path, value] of Object.entries(action.set)) {
        hasReadProperty ||= readsProperty(value);
        const result = setField(event, path, value, !hasReadProperty);
        if ('problem' in result) add(rule, 'nothing', `\`${path}\` as it was: ${result.problem}`);
        else if (result.event !== event) add(rule, 'set', result.change);
        if ('event' in result) event = result.event;
      }
    }
  }
  const renamed = event.name !== given.name && { name: event.name };
  return { event, isSkipped: false, also, applied: { digest, effects, ...renamed } };
}

/** Returns whether rules send an order that is otherwise not sent: under another name, or as a further event. */
export function isCountedApart({ event, also, isSkipped }: Evaluation, given: Pick<EnrichedEvent, 'name'>): boolean {
  return also.length > 0 || (!isSkipped && event.name !== given.name);
}

type SetResult = { readonly event: EnrichedEvent; readonly change: string } | { readonly problem: string };

/** @param mayName whether the change may name the figures, which outlive an erased event. */
function setField(event: EnrichedEvent, path: string, value: SetValue, mayName: boolean): SetResult {
  const field = findField(path);
  if (field?.access !== 'write') return { problem: 'a rule may not write it' };
  const readable = toReadable(event);
  const before = field.read(readable);
  const computed = computeValue(readable, path, value);
  if (typeof computed === 'object') return computed;
  // A negative zero, which JSON does not have, becomes zero.
  const next = computed === 0 ? 0 : computed;
  if (field.type === 'number' && typeof next !== 'number') return { problem: 'the new value is no number' };
  if (path === 'commerce.value' && readable.commerce.currency === undefined)
    return { problem: 'the event has no currency. Set `commerce.currency` first' };
  if (next === before) return { event, change: '' };
  return { event: writeField(event, path, next), change: `\`${path}\`${mayName ? describeNumbers(before, next) : ''}` };
}

function readsProperty(value: SetValue): boolean {
  if (typeof value !== 'object') return false;
  return ('from' in value ? [value.from] : value.minus).some((source) => source.startsWith('properties.'));
}

/** Texts are left out, because the message outlives an erased event. */
function describeNumbers(before: FieldValue, next: FieldValue): string {
  if (typeof next !== 'number') return '';
  return typeof before === 'number' ? ` from ${before} to ${next}` : ` to ${next}`;
}

function computeValue(event: EnrichedEvent, path: string, value: SetValue): string | number | { readonly problem: string } {
  if (typeof value !== 'object') return value;
  const isNumber = findField(path)?.type === 'number';
  if ('from' in value) {
    const source = findField(value.from)?.read(event);
    if (!isNumber) return typeof source === 'string' && source !== '' ? source : { problem: `\`${value.from}\` has no text` };
    const amount = toNumber(source);
    return isAmount(amount) ? amount : { problem: `\`${value.from}\` has no number from 0` };
  }
  const minuend = toNumber(findField(path)?.read(event));
  if (!isAmount(minuend)) return { problem: 'it has no number from 0' };
  const amounts = value.minus.map((source) => findField(source)?.read(event)).filter((source) => source !== undefined);
  const rest = roundAmount(amounts.reduce<number>((left, amount) => left - toNumber(amount), minuend));
  return isAmount(rest) ? rest : { problem: 'the result would be less than 0, or no number' };
}

/** The largest amount that ingest accepts. */
export const maxAmount = 1e15;

function isAmount(amount: number): boolean {
  return amount >= 0 && amount < maxAmount;
}

/** Removes the binary fractions of a difference. */
function roundAmount(amount: number): number {
  return Math.round(amount * 10_000) / 10_000;
}

/** Returns the event that rules read. */
function toReadable(event: EnrichedEvent): EnrichedEvent {
  return event.confirmed ?? event;
}

function rename(event: EnrichedEvent, name: string): EnrichedEvent {
  return { ...event, name, ...(event.confirmed && { confirmed: { ...event.confirmed, name } }) };
}

/** Writes the field of the merged event and of the shop's. */
function writeField(event: EnrichedEvent, path: string, value: string | number): EnrichedEvent {
  const { confirmed } = event;
  return { ...writePart(event, path, value), ...(confirmed && { confirmed: writePart(confirmed, path, value) }) };
}

function writePart<Given extends Event>(event: Given, path: string, value: string | number): Given {
  const [root, name = ''] = path.split('.');
  return root === 'goal'
    ? { ...event, goal: write<Goal>(event.goal, name, value) }
    : { ...event, commerce: write<Commerce>(event.commerce, name, value) };
}

function write<T extends object>(part: T, name: string, value: string | number): T {
  return { ...part, [name]: value };
}

const maxIdLength = 128;

/** Returns the id of an added event: `<id>~<rule id>`, with a digest in place of an id that is too long. */
export function createAddedId(id: string, rule: string): string {
  const whole = `${id}~${rule}`;
  return whole.length <= maxIdLength ? whole : `${hash(id)}~${rule}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/**
 * Returns a further event with the data of the first one. No browser tag reported it. It has one source, so it takes nothing about the
 * person or the order from a browser's report that the shop's does not confirm.
 */
function createAddedEvent(event: EnrichedEvent, rule: string, name: string, connection: string): Event {
  const { reporters, confirmed = event, notSent: _notSent, deniedId, warnings: _warnings, ...rest } = event;
  const reporter = reporters.find((one) => isTrusted({ reporter: one })) ?? event.reporter;
  const browserTags = Object.fromEntries(Object.keys(event.page.browserTags ?? {}).map((tag) => [tag, 'none' as const]));
  return {
    ...rest,
    identity: confirmed.identity,
    commerce: confirmed.commerce,
    ...(deniedId !== undefined && { deniedId: hash(`${deniedId}~${rule}`) }),
    reporter,
    name,
    id: createAddedId(event.id, rule),
    page: { ...event.page, ...(event.page.browserTags && { browserTags }) },
    warnings: [],
    addedBy: { rule, connection },
  };
}

/** Returns whether a rule may add events of this name. Added purchases would count an order twice. */
export function isAddableName(name: string): boolean {
  return name !== 'Purchase' && name !== 'PageView';
}
