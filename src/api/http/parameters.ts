import { z } from 'zod';
import { reporters } from '../../event/event.ts';
import { normalizeEventName } from '../../event/event-names.ts';
import { matchKeys } from '../../event/match-keys.ts';
import { newName, newPassword, roles } from './account-schema.ts';
import { outcomeNames } from './outcome-names.ts';
import type { CallerInput } from './route.ts';

/**
 * What a request may hold. A parameter's schema reads text; its message is the rule, to be read after "must be". Which of them
 * may be given several times is a list.
 */

const oneOf = <const T extends readonly string[]>(names: T) => z.enum(names, `one of ${names.join(', ')}`);

const someOf = <S extends z.ZodType>(schema: S) => z.array(schema).readonly().optional();

const words = (rule: string, longest: number) => z.string(rule).min(1, rule).max(longest, rule);

function whole(least: number, most: number, rule = `${least} to ${most}`) {
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

const dayRule = 'a day from 1970 on, YYYY-MM-DD';
const day = z.iso
  .date(dayRule)
  .refine((text) => text >= '1970-01-01', dayRule)
  .optional();

const time = whole(0, 999_999_999_999_999, 'UNIX milliseconds').optional();

/** A place in the log, as the log writes it. */
export const offset = (rule: string) => z.string(rule).regex(/^\d{1,16}$/, rule);

const cursor = words('what an answer gave as `next`', 512).optional();

export const site = z.string().meta({ description: "The site's id." });

export const connection = z.string().meta({ description: "The connection's id, unique within its site." });

export const onlyConnection = words("a connection's id", 63).optional();

export const action = z.enum(['pause', 'resume', 'probe']).meta({
  description:
    '`pause`: send nothing until `resume`; events keep being accepted and wait. `resume`: end a pause; counts and breaker start anew. `probe`: try the credential now, without sending an event.',
});

/** Of every list that can be long: how much at once, and where to go on. */
export const paging = {
  limit: whole(1, 1_000).default(50).meta({ description: 'How many at most.' }),
  cursor: cursor.meta({ description: 'Where to go on: `next` of the page before. Opaque.' }),
};

/** Which events are listed; all that is given must hold. */
export const filters = {
  event: someOf(eventName).meta({ description: 'One of these names, or an alias of one.' }),
  outcome: someOf(oneOf(outcomeNames)).meta({
    description: 'One of these is the latest that became of it: on `connection` where that is given, else on any.',
  }),
  connection: onlyConnection.meta({ description: 'Outcomes of this connection alone are looked at and shown.' }),
  reporter: someOf(oneOf(reporters)).meta({ description: 'Reported by one of these.' }),
  has: someOf(oneOf(matchKeys)).meta({
    description: "All of these match keys, its copies' and what was known of the shopper among them. A denied event has none.",
  }),
  lacks: someOf(oneOf(matchKeys)).meta({ description: 'None of these match keys.' }),
  since: time.meta({ description: 'It happened then or later; UNIX milliseconds.' }),
  until: time.meta({ description: 'It happened before then; UNIX milliseconds.' }),
  text: z
    .string()
    .regex(/^(?=.*\S).{1,128}$/su, '1 to 128 characters, not all of them blanks')
    .optional()
    .meta({ description: "Part of the event's id or of its order's. Upper and lower case of A to Z are the same." }),
  among: whole(1, 100_000).optional().meta({ description: 'It is one of the newest so many events.' }),
};
export type EventFilters = CallerInput<typeof filters>;
export type ReadFilters = Read<typeof filters>;

/** `through` of the answer about a log that is empty is empty. */
const through = z.string().regex(/^\d{0,16}$/, 'what an answer gave as `through`, or empty for all');

export const reading = {
  after: through
    .optional()
    .meta({ description: 'Only what came after this: `through` of an earlier answer. Not beside filters or `cursor`.' }),
  before: offset('what an answer gave as `before`')
    .optional()
    .meta({ description: 'Only what stands before this. Use `cursor` instead.', deprecated: true }),
};

export const streamedAfter = through.optional().meta({
  description: 'Go on after this: `through` of a list that was read before. Without it the stream begins with what comes next.',
});

export const eventId = words("an event's id, at most 128 characters", 128).meta({ description: "The event's id." });

export const days = {
  since: day.meta({ description: 'The first day in UTC, `YYYY-MM-DD`. Without it 28 days, up to `until`.' }),
  until: day.meta({ description: 'The last day in UTC, `YYYY-MM-DD`. Without it today.' }),
};

/** Days of orders, which are kept for less long. */
export const orderDays = {
  since: day.meta({ description: 'The first day in UTC, `YYYY-MM-DD`. Without it seven days before `until`.' }),
  until: day.meta({ description: 'The last day in UTC, `YYYY-MM-DD`. Without it today.' }),
};

const instant = z.codec(z.string('UNIX milliseconds').regex(/^\d{1,15}$/, 'UNIX milliseconds'), z.int(), {
  decode: Number,
  encode: String,
});
export const span = {
  since: instant.meta({ description: 'From then on; UNIX milliseconds.' }),
  until: instant.meta({ description: 'Up to then; UNIX milliseconds.' }),
};

export const ranges = ['1h', '24h', '7d', '30d'] as const;
export const range = oneOf(ranges).meta({ description: 'How far back.' });

export const live = z.literal('1', '1').optional().meta({ description: '`1`: also where a real platform would receive it.' });

const key = z.string().max(1_024).optional();

/** One key of a person; which one it must be is said where it is read, so that nothing repeats what was sent. */
export const person = z
  .strictObject({
    email: key.describe('The e-mail address, or its SHA-256.'),
    phone: key.describe("The phone number, or its SHA-256. A national number needs the site's `defaultCountry`."),
    anonymousId: key.describe('The visitor id: everybody who used that browser.'),
    externalId: key.describe("The shop's customer id, or its SHA-256."),
    eventId: key.describe('The id of an event of the person.'),
    orderId: key.describe('The id of an order of the person.'),
    dryRun: z.boolean().optional().describe('Tell what would go, and erase nothing.'),
  })
  .meta({ examples: [{ email: 'jane@shop.example', dryRun: true }] });
export type ErasureRequest = z.output<typeof person>;

export const exportedPerson = person.omit({ dryRun: true }).meta({ examples: [{ email: 'jane@shop.example' }] });
export type ExportRequest = z.output<typeof exportedPerson>;

const sizeRule = 'a count of bytes';

/** Whose profile is dropped: one visitor's, or every one that is too large. */
export const droppedProfiles = z
  .strictObject({
    anonymousId: words("a visitor's id, at most 128 characters", 128).optional().describe('The profile of this visitor.'),
    largerThan: z.int(sizeRule).min(0, sizeRule).optional().describe('Every profile of which more bytes than this are stored.'),
    dryRun: z.boolean().optional().describe('Count what would go, and drop nothing.'),
  })
  .refine(({ anonymousId, largerThan }) => (anonymousId === undefined) !== (largerThan === undefined), {
    path: ['anonymousId'],
    error: 'given, or `largerThan`, one of the two',
  })
  .meta({ examples: [{ largerThan: 65_536, dryRun: true }] });

export const exportId = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .meta({ description: "The file's id." });

export const accountName = z
  .string()
  .toLowerCase()
  .meta({ description: "The account's name. Upper and lower case are the same." });

const role = oneOf(roles).describe('`owner` may do everything, `viewer` look at everything but the accounts.');
const password = newPassword.describe('15 to 256 characters, and not the name.');

export const newAccount = z
  .strictObject({
    name: newName.describe(
      '1 to 100 letters, digits and `.`, `_`, `@`, `+`, `-`; begins with a letter or a digit. Upper and lower case are the same.',
    ),
    role,
    password,
  })
  .meta({ examples: [{ name: 'vic', role: 'viewer', password: 'four words nobody guesses' }] });

export const changedAccount = z
  .strictObject({ role: role.optional(), password: password.optional() })
  .refine(({ role, password }) => (role === undefined) !== (password === undefined), {
    path: ['role'],
    error: 'given, or `password`, one of the two',
  })
  .meta({ examples: [{ role: 'owner' }] });

const bodyTime = z.int('UNIX milliseconds').nonnegative('UNIX milliseconds');

/** Either a period, or one event. */
export const replayed = z
  .strictObject({
    since: bodyTime.optional().describe('What was received from then on; UNIX milliseconds.'),
    until: bodyTime.optional().describe('What was received before then; UNIX milliseconds.'),
    eventId: eventId.optional(),
    again: z.boolean().optional().describe('Also what was delivered already. The platform merges it by its id, if at all.'),
  })
  .refine(({ since, until, eventId: one }) => (one === undefined) === (since !== undefined && until !== undefined), {
    path: ['since'],
    error: 'given together with `until`, or `eventId` alone',
  })
  .refine(({ since = 0, until = 1 }) => since < until, { path: ['until'], error: 'later than `since`' })
  .meta({ examples: [{ since: 1_795_428_000_000, until: 1_795_514_400_000 }] });

const lettersRule = "1 to 500 dead letters, each by its `offset` or its range's `through`";

/** Which dead letters of a connection: these, or all. */
export const chosenLetters = z
  .strictObject({
    offsets: z
      .array(offset(lettersRule), lettersRule)
      .min(1, lettersRule)
      .max(500, lettersRule)
      .optional()
      .describe("These, each by its `offset`; of a stretch that expired, its range's `through`."),
    all: z.literal(true, 'true').optional().describe('Every one that there is.'),
  })
  .refine(({ offsets, all }) => (offsets === undefined) !== (all === undefined), {
    path: ['offsets'],
    error: 'given, or `all`, one of the two',
  })
  .meta({ examples: [{ offsets: ['0000000000000017'] }] });

/** The body of a request that has none. */
export const nothing = z.strictObject({});

type Shape = Readonly<Record<string, z.ZodType>>;

type Read<S extends Shape> = Readonly<z.output<z.ZodObject<S>>>;
