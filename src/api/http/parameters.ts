import { z } from 'zod';
import { effectiveConsents } from '../../event/consent.ts';
import { reportSources } from '../../event/event.ts';
import { normalizeEventName } from '../../event/event-names.ts';
import { matchKeys } from '../../event/match-keys.ts';
import { eventGaps } from '../../event/order-accuracy.ts';
import { outcomeNames } from './outcome-names.ts';
import type { CallerInput } from './route.ts';

/**
 * Schemas of parameters and bodies. A parameter's schema reads text. Its message is a rule that completes "must be". A parameter
 * that can be repeated has a list as its schema.
 */

/** Returns a schema of one of these texts. */
export const createChoice = <const T extends readonly string[]>(names: T) => z.enum(names, `one of ${names.join(', ')}`);

const createList = <S extends z.ZodType>(schema: S) => z.array(schema).readonly().optional();

export const boundedText = (rule: string, longest: number) => z.string(rule).min(1, rule).max(longest, rule);

export function integerBetween(least: number, most: number, rule = `${least} to ${most}`) {
  const digits = z.string(rule).regex(/^\d{1,15}$/, rule);
  return z.codec(digits, z.int(rule).min(least, rule).max(most, rule), { decode: Number, encode: String });
}

const nameRule = "an event's name, such as Purchase: letters, digits and _, at most 100";
const eventName = z.codec(z.string(nameRule), z.string(), {
  decode: (text, { issues }) => {
    const name = normalizeEventName(text);
    if (name === undefined) issues.push({ code: 'custom', message: nameRule, input: text });
    return name ?? '';
  },
  encode: (name) => name,
});

const countryRule = 'an ISO 3166-1 alpha-2 code in upper case, such as DE';

const dayRule = 'a day from 1970 on, YYYY-MM-DD';
const day = z.iso
  .date(dayRule)
  .refine((text) => text >= '1970-01-01', dayRule)
  .optional();

const time = integerBetween(0, 999_999_999_999_999, 'UNIX milliseconds').optional();

/** An offset in the event log. */
export const offset = (rule: string) => z.string(rule).regex(/^\d{1,16}$/, rule);

const cursor = boundedText('the `next` of a response', 512).optional();

export const site = z.string().meta({ description: "The site's id." });

export const connection = z.string().meta({ description: "The connection's id, unique within its site." });

export const onlyConnection = boundedText("a connection's id", 63).optional();

export const action = z.enum(['pause', 'resume', 'probe']).meta({
  description:
    '`pause`: send nothing until `resume`; events are still accepted and wait. `resume`: end a pause, and reset the failure counts and the circuit breaker. `probe`: test the credential now, without sending an event.',
});

/** The parameters of a paginated list. */
export const pageParameters = {
  limit: integerBetween(1, 1_000).default(50).meta({ description: 'Maximum number of items.' }),
  cursor: cursor.meta({ description: 'The `next` of the previous page. Opaque.' }),
};

/** The filters of the event list. An event must match all of them. */
export const filters = {
  event: createList(eventName).meta({ description: 'The event has one of these names, or of their aliases.' }),
  outcome: createList(createChoice(outcomeNames)).meta({
    description: 'The latest outcome of the event is one of these: on `connection` if that is set, else on any connection.',
  }),
  connection: onlyConnection.meta({ description: 'Consider and return only the outcomes of this connection.' }),
  gap: createList(createChoice(eventGaps)).meta({
    description:
      'The accuracy counts the event, an order of the shop, under one of these gaps. On `connection` if that is set, else on any counted connection.',
  }),
  reporter: createList(createChoice(reportSources)).meta({ description: 'The event was reported by one of these sources.' }),
  reason: createList(boundedText('the code of an issue, such as event-too-old', 100)).meta({
    description: 'The latest outcome has an issue with one of these codes. Without `outcome`, delivered events are left out.',
  }),
  rule: createList(boundedText('the id of a rule, such as wholesale', 32)).meta({
    description: 'One of these rules had an effect on the event, when its latest outcome was decided.',
  }),
  consent: createList(createChoice(effectiveConsents)).meta({ description: 'One of these consents applies to the event.' }),
  country: createList(z.string(countryRule).regex(/^[A-Z]{2}$/, countryRule)).meta({
    description: 'The shopper was in one of these countries. Events that an earlier version stored have none.',
  }),
  has: createList(createChoice(matchKeys)).meta({
    description:
      'The event has all of these match keys, including those of its duplicate reports and of the visitor profile. An event without consent has none.',
  }),
  lacks: createList(createChoice(matchKeys)).meta({ description: 'The event has none of these match keys.' }),
  since: time.meta({ description: 'The event happened at this time or later; UNIX milliseconds.' }),
  until: time.meta({ description: 'The event happened before this time; UNIX milliseconds.' }),
  text: z
    .string()
    .regex(/^(?=.*\S).{1,128}$/su, '1 to 128 characters that are not all blank')
    .optional()
    .meta({ description: 'The event id or order id contains this text. Upper and lower case of A to Z are equal.' }),
  among: integerBetween(1, 100_000).optional().meta({ description: 'Search only this number of the newest events.' }),
};
/** The filters of counts and exports, which are not of the newest events only. */
const { among: _, ...countedFilters } = filters;

export { countedFilters };

export type EventFilters = CallerInput<typeof filters>;
export type ReadFilters = Read<typeof filters>;

/** The filters of rejected submissions. */
export const rejectionFilters = {
  reason: filters.reason.meta({ description: 'The submission was rejected for one of these reasons.' }),
  since: time.meta({ description: 'Received at this time or later; UNIX milliseconds.' }),
  until: time.meta({ description: 'Received before this time; UNIX milliseconds.' }),
};

/** The `through` of an empty event log is empty. */
const through = z.string().regex(/^\d{0,16}$/, 'the `through` of a response, or empty for all');

export const offsetParameters = {
  after: through.optional().meta({
    description:
      'Return only events after this position: the `through` of an earlier response. Cannot be combined with filters or `cursor`.',
  }),
  before: offset('the `before` of a response')
    .optional()
    .meta({ description: 'Return only events before this position. Use `cursor` instead.', deprecated: true }),
};

export const eventOffset = offset("an event's `offset`").meta({ description: "The event's `offset`." });

export const signals = createChoice(['omit'])
  .optional()
  .meta({ description: 'Leave out the signals of the pixel. With filters, there are none.' });

export const streamStart = through.optional().meta({
  description: 'Start after this position: the `through` of an earlier list. The default is the next event.',
});

export const eventId = boundedText("an event's id, at most 128 characters", 128).meta({ description: "The event's id." });

export const days = {
  since: day.meta({
    description: 'The first day in the time zone of the site, `YYYY-MM-DD`. The default gives 28 days, up to `until`.',
  }),
  until: day.meta({ description: 'The last day in the time zone of the site, `YYYY-MM-DD`. The default is today.' }),
};

/** The days of orders, which are stored for a shorter time. */
export const orderDays = {
  since: day.meta({
    description: 'The first day in the time zone of the site, `YYYY-MM-DD`. The default is seven days before `until`.',
  }),
  until: day.meta({ description: 'The last day in the time zone of the site, `YYYY-MM-DD`. The default is today.' }),
};

const instant = z.codec(z.string('UNIX milliseconds').regex(/^\d{1,15}$/, 'UNIX milliseconds'), z.int(), {
  decode: Number,
  encode: String,
});
export const dayRangeParameters = {
  since: instant.meta({ description: 'Start of the period; UNIX milliseconds.' }),
  until: instant.meta({ description: 'End of the period; UNIX milliseconds.' }),
};

/** A period of a site's counts. */
export const countedPeriod = {
  since: time.meta({ description: 'Start of the period; UNIX milliseconds. Counts are kept for `retentionDays.counts`.' }),
  until: time.meta({ description: 'End of the period; UNIX milliseconds. The default is now.' }),
};
export const compare = createChoice(['before'])
  .optional()
  .meta({ description: '`before`: also return the period before, of the same length.' });
export const bucketLengths = createChoice(['day', 'hour']);
/** A period whose end is now, and whose start is a day before it, by default. */
export const periodParameters = {
  since: instant.optional().meta({ description: 'Start of the period; UNIX milliseconds.' }),
  until: instant.optional().meta({ description: 'End of the period; UNIX milliseconds.' }),
};

export const ranges = ['1h', '24h', '7d', '14d', '30d'] as const;
export const range = createChoice(ranges).meta({ description: 'Length of the period, up to now.' });

export const onlyEventName = eventName.optional().meta({ description: 'Count only events of this name.' });

export const live = z
  .literal('1', '1')
  .optional()
  .meta({ description: '`1`: send the event even if a real platform receives it.' });

const bodyTime = z.int('UNIX milliseconds').nonnegative('UNIX milliseconds');

/** Selects the events of a replay: a period, or one event. */
export const replayRequest = z
  .strictObject({
    since: bodyTime.optional().describe('Start of the period in which the events were received; UNIX milliseconds.'),
    until: bodyTime.optional().describe('End of the period; UNIX milliseconds.'),
    eventId: eventId.optional(),
    again: z
      .boolean()
      .optional()
      .describe('Send delivered events again, too. The platform can only deduplicate them by their id.'),
  })
  .refine(({ since, until, eventId: one }) => (one === undefined) === (since !== undefined && until !== undefined), {
    path: ['since'],
    error: 'given together with `until`, unless `eventId` is given',
  })
  .refine(({ since = 0, until = 1 }) => since < until, { path: ['until'], error: 'later than `since`' })
  .meta({ examples: [{ since: 1_795_428_000_000, until: 1_795_514_400_000 }] });

const lettersRule = "1 to 500 failed events, each by its `offset` or its range's `through`";

/** Selects dead letters of a connection: some of them, or all. */
export const chosenLetters = z
  .strictObject({
    offsets: z
      .array(offset(lettersRule), lettersRule)
      .min(1, lettersRule)
      .max(500, lettersRule)
      .optional()
      .describe('Select these failed events, each by its `offset`, or by the `through` of its `range`.'),
    all: z.literal(true, 'true').optional().describe('Select all failed events of the connection.'),
    reason: z
      .strictObject({
        cause: createChoice(['rejected', 'expired', 'corrupt']),
        code: z.string('the `code` of a group').max(512, 'the `code` of a group'),
      })
      .optional()
      .describe('Select all failed events of this reason: the `cause` and the `code` of a group.'),
  })
  .refine((chosen) => Object.values(chosen).filter((one) => one !== undefined).length === 1, {
    path: ['offsets'],
    error: 'given alone, or `all`, or `reason`',
  })
  .meta({ examples: [{ offsets: ['0000000000000017'] }] });

type Shape = Readonly<Record<string, z.ZodType>>;

type Read<S extends Shape> = Readonly<z.output<z.ZodObject<S>>>;
