import { describeUncounted, uncountedRemedy } from '../../event/uncounted-goals.ts';
import { formatUtc, hourMs, type UnixMs } from '../../event/units.ts';
import { type Check, type CheckAnswer, type CheckTexts, checkEvent, type DeliveryHistory, findDelivery } from './why-not.ts';

type Guide = NonNullable<Check['guide']>;

/**
 * A condition under which the platform counts an event that it accepted: a row, or a function if it needs no payload. A row about the payload is
 * `unseen` if there is none.
 */
export type Condition<S, P> =
  | Statement<S, P>
  | Judgement<S, P>
  | ShowDelay
  | SentAccount<S>
  | SharedId<P>
  | StrongKey<P>
  | SentClick<P>
  | CountedName<P>
  | ((settings: S, payload: P | undefined) => Check | undefined);

/** A condition that Convey cannot check. */
interface Statement<S, P> {
  readonly check?: undefined;
  readonly title: string;
  readonly message: string | ((payload: P, settings: S) => string);
  readonly guide: Guide;
  /** Absent: every event has the condition. */
  readonly when?: (payload: P) => boolean;
  /** `unseen` if absent. */
  readonly answer?: CheckAnswer;
}

/** A condition of the payload. */
interface Judgement<S, P> {
  readonly check: 'payload';
  readonly title: string;
  judge(payload: P, input: JudgementInput<S>): Pick<Check, 'answer' | 'message' | 'guide'>;
  /** The guide if there is no payload. */
  readonly guide?: Guide;
}

interface JudgementInput<S> {
  readonly settings: S;
  readonly sentAt: UnixMs;
  /** Returns the reason why the event lacks a match key, after a space; empty if none is known. */
  explainMissing(key: string): string;
}

/** Requires that the platform had the time to show the event. */
interface ShowDelay {
  readonly check: 'delay';
  readonly hours: 1 | 24;
  /** The message for an event that is younger. */
  readonly waiting: string;
  /** Follows the message for an event that is older. */
  readonly note?: string;
  readonly guide: Guide;
}

/** Requires that the operator looks at the account that receives the event. */
interface SentAccount<S> {
  readonly check: 'account';
  /** The platform's word for the account. */
  readonly noun: string;
  id(settings: S): string;
  /** The page on which an operator selects it. */
  readonly place: string;
  readonly guide: Guide;
}

/** Requires that browser and server report the event alike. Convey does not see the report of the platform's tag. */
interface SharedId<P> {
  readonly check: 'shared-id';
  /** Returns the name and the id under which the platform merges the reports. An event without one of them has no second report. */
  read(payload: P): readonly [name: string | undefined, id: string | undefined];
  /** Explains which reports the platform merges. */
  explain(name: string, id: string): string;
  /** Some events have no second report, so there is no check without a payload. */
  readonly isOptional?: true;
  readonly guide: Guide;
}

/** Requires a field that leads to an account. */
interface StrongKey<P> {
  readonly check: 'strong-key';
  /** Returns the fields of the person. */
  read(payload: P): object;
  /** The fields that lead to an account. */
  readonly strong: readonly string[];
  /** The problem of an event with none of them, and the remedy. */
  readonly advice: string;
  readonly guide: Guide;
}

/** Requires a click id, and explains why it is missing. */
interface SentClick<P> {
  readonly check: 'click-id';
  /** The code of its match key. */
  readonly key: string;
  read(payload: P): unknown;
  readonly guide: Guide;
}

/** Requires a goal that counts the event's name. Listed only if the last check of the account's goals found none. */
interface CountedName<P> {
  readonly check: 'counted-name';
  /** Returns the name under which the platform got the event. */
  read(payload: P): string | undefined;
  readonly guide: Guide;
}

/**
 * Creates the function that checks why an event does not count, in the order in which a person should look. It gets the accepted payload;
 * undefined if that is no longer stored, or does not fit the schema.
 */
export function createWhyNot<S, P>(texts: CheckTexts, conditions: readonly Condition<S, P>[]) {
  return (history: DeliveryHistory, settings: S, payload?: P): readonly Check[] => {
    const input = { settings, payload, history, platform: texts.platform };
    return checkEvent(history, texts, () => conditions.flatMap((condition) => checkCondition(condition, input) ?? []));
  };
}

interface CheckInput<S, P> {
  readonly settings: S;
  readonly payload: P | undefined;
  readonly history: DeliveryHistory;
  readonly platform: string;
}

/** Returns the check of a condition; undefined if the event does not have the condition. */
function checkCondition<S, P>(condition: Condition<S, P>, input: CheckInput<S, P>): Check | undefined {
  const { settings, payload } = input;
  if (typeof condition === 'function') return condition(settings, payload);
  switch (condition.check) {
    case undefined:
      return checkStatement(condition, input);
    case 'payload':
      return checkPayload(condition, input);
    case 'delay':
      return checkDelay(condition, input.history);
    case 'account':
      return checkAccount(condition, settings);
    case 'shared-id':
      return checkSharedId(condition, input);
    case 'strong-key':
      return checkStrongKey(condition, input);
    case 'click-id':
      return checkClickId(condition, input);
    case 'counted-name':
      return checkCountedName(condition, input);
  }
}

function checkStatement<S, P>(statement: Statement<S, P>, input: CheckInput<S, P>): Check | undefined {
  const { title, message, guide, when, answer = 'unseen' } = statement;
  if (when && (input.payload === undefined || !when(input.payload))) return undefined;
  if (typeof message === 'string') return { title, answer, message, guide };
  return checkPayload(
    { title, judge: (payload) => ({ answer, message: message(payload, input.settings), guide }), guide },
    input,
  );
}

function checkPayload<S, P>({ title, judge, guide }: Omit<Judgement<S, P>, 'check'>, input: CheckInput<S, P>): Check {
  const { payload, settings, history } = input;
  const delivery = findDelivery(history);
  if (payload === undefined || delivery === undefined) return explainAbsence({ title, ...(guide && { guide }) }, history);
  const explainMissing = (key: string) => {
    const reason = history.missing.find((one) => one.key === key);
    return reason ? ` ${reason.says} ${reason.remedy}` : '';
  };
  return { title, ...judge(payload, { settings, sentAt: delivery.startedAt, explainMissing }) };
}

function explainAbsence(check: Pick<Check, 'title' | 'guide'>, history: DeliveryHistory): Check {
  const isStored = (findDelivery(history)?.payload ?? null) !== null;
  const message = isStored
    ? 'The stored payload has the form of another version of Convey, so this version cannot check it.'
    : 'The payload is no longer stored.';
  return { ...check, answer: 'unseen', message };
}

function checkDelay({ hours, waiting, note = '', guide }: ShowDelay, history: DeliveryHistory): Check {
  const [passed, age] = hours === 1 ? ['An hour has passed', 'an hour'] : [`${hours} hours have passed`, `${hours} hours`];
  const sentAt = findDelivery(history)?.startedAt;
  if (sentAt !== undefined && history.now - sentAt >= hours * hourMs)
    return { title: passed, answer: 'yes', message: `The event was sent more than ${age} ago.${note}`, guide };
  return { title: passed, answer: sentAt === undefined ? 'unseen' : 'wait', message: waiting, guide };
}

function checkAccount<S>({ noun, id, place, guide }: SentAccount<S>, settings: S): Check {
  return {
    title: `You look at the ${noun} that receives the event`,
    answer: 'unseen',
    message: `The event was sent to the ${noun} ${id(settings)}. Select this ${noun} in ${place}, and the day of the event.`,
    guide,
  };
}

function checkSharedId<S, P>({ read, explain, isOptional, guide }: SharedId<P>, input: CheckInput<S, P>): Check | undefined {
  const title = 'Browser and server report the same name and ID';
  if (input.payload === undefined) return isOptional ? undefined : explainAbsence({ title, guide }, input.history);
  const [name, id] = read(input.payload);
  if (name === undefined || id === undefined) return undefined;
  return { title, answer: 'unseen', message: explain(name, id), guide };
}

function checkStrongKey<S, P>({ read, strong, advice, guide }: StrongKey<P>, input: CheckInput<S, P>): Check {
  const judge = (payload: P): ReturnType<Judgement<S, P>['judge']> => {
    const found = strong.filter((key) => Object.hasOwn(read(payload), key));
    if (found.length === 0) return { answer: 'no', message: advice, guide };
    return { answer: 'yes', message: `The event was sent with ${found.join(', ')}.` };
  };
  return checkPayload({ title: 'The event has a strong match key', judge, guide }, input);
}

function checkClickId<S, P>({ key, read, guide }: SentClick<P>, input: CheckInput<S, P>): Check {
  const judge: Judgement<S, P>['judge'] = (payload, { explainMissing }) =>
    read(payload) === undefined
      ? { answer: 'no', message: `The event was sent without a click ID.${explainMissing(key)}`, guide }
      : { answer: 'yes', message: `The event was sent with ${input.platform}'s click ID.` };
  return checkPayload({ title: 'The event has a click ID', judge, guide }, input);
}

function checkCountedName<S, P>({ read, guide }: CountedName<P>, input: CheckInput<S, P>): Check | undefined {
  const { payload, platform, history } = input;
  const name = payload === undefined ? undefined : read(payload);
  const isUncounted = history.goals?.uncounted.some((one) => one.name.toLowerCase() === name?.toLowerCase());
  if (name === undefined || !history.goals || !isUncounted) return undefined;
  const checked = `The goals were checked at ${formatUtc(history.goals.checkedAt)} UTC.`;
  const message = `${platform} accepted the event, and ${describeUncounted([name])}. ${checked} ${uncountedRemedy}`;
  return { title: 'A goal counts the event', answer: 'no', message, guide };
}
