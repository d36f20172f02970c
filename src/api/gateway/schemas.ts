import { z } from 'zod';
import { matchKeys } from '../../event/match-keys.ts';
import { roles } from '../http/account-schema.ts';
import { outcomeNames } from '../http/outcome-names.ts';
import { connectionId, count, issues, listOf, namedSchema, siteId, time } from '../http/schema-parts.ts';

/** What the API answers of gateway, connections and people: one schema each, of which the types are derived. */

export const errorAnswer = namedSchema(
  'Error',
  z
    .object({
      error: z.object({
        code: z.string().describe('Stable, for programs.'),
        message: z.string().describe('What happened, and what to do.'),
      }),
      issues: issues.exactOptional().describe('With `parameter-invalid`: what is wrong with each parameter.'),
    })
    .describe('A refusal, or a fault.'),
);

const budget = z.object({ used: count, limit: count });

export const statusAnswer = namedSchema(
  'Status',
  z
    .object({
      version: z.string().describe("Convey's version."),
      startedAt: time,
      log: z
        .object({
          writable: z.boolean().describe('Whether events are taken.'),
          problem: z.string().exactOptional().describe('Why not, and what to do.'),
          browserProblem: z
            .string()
            .exactOptional()
            .describe('Why events of browsers are refused while those of servers and webhooks are taken, and what to do.'),
          records: count,
          bytes: count.describe('On the disk.'),
        })
        .describe('Health of the log.'),
      collectorUrl: z.string().describe('Where events are taken, as this machine reaches it or as `collector.publicUrl` has it.'),
      sites: listOf(
        z.object({
          id: siteId,
          name: z.string(),
          connections: listOf(z.string()).describe('Their ids.'),
          browserBudget: z
            .object({ visitors: budget, links: budget, purchases: budget })
            .describe(
              'What browsers alone have added to the site today, in UTC, of what they may: new visitors, new links of a visitor with an e-mail, a phone, a customer, an order or a checkout, and purchases that no server or webhook reported.',
            ),
        }),
      ),
    })
    .describe('How the gateway is, and what it has.'),
);

const connection = namedSchema(
  'Connection',
  z
    .object({
      site: siteId,
      id: connectionId,
      destination: z.string().describe('The platform, such as `microsoft`.'),
      health: z
        .enum(['healthy', 'degraded', 'unhealthy', 'paused', 'disabled'])
        .describe(
          '`degraded`: the last requests failed, or many events that only browsers reported were rejected. `unhealthy`: the platform refuses the connection or does not answer, or rejected too many events of the shop. `paused`: by an operator. `disabled`: by its settings.',
        ),
      says: z.string().describe('One sentence, with the next step where there is one.'),
      counts: z
        .partialRecord(z.enum(outcomeNames), count)
        .describe('How many events came to each outcome; an outcome that no event came to may be absent.'),
      inDoubt: count.describe('Requests that were sent again because no answer came.'),
      undeliveredSince: time
        .exactOptional()
        .describe('When the log took the oldest event that the connection has not come to; UNIX milliseconds.'),
      lag: z
        .object({ events: count, ms: count })
        .describe('How many events the connection has not come to, and how old the oldest of them is.'),
      waiting: count.describe('Events that wait for their copy, for consent, or for the next try.'),
      deadLetters: count.describe('Events that will not be sent unless a person says so.'),
      losesAt: time
        .exactOptional()
        .describe(
          'When the oldest event that was not sent will be too old to be sent, where that is within two days; UNIX milliseconds.',
        ),
      pausedSince: time.exactOptional().describe('UNIX milliseconds.'),
      nextTryAt: time.exactOptional().describe('When Convey tries again by itself; UNIX milliseconds.'),
      replay: z
        .object({
          since: time,
          until: time,
          passed: count.describe('Events that it has come to.'),
          sent: count.describe('Of these, events that were put up to be sent.'),
          endedAt: time.exactOptional(),
        })
        .exactOptional()
        .describe('The replay that runs, or ran last.'),
    })
    .describe('How one connection is doing.'),
);
export type ConnectionView = z.output<typeof connection>;
export type Health = ConnectionView['health'];

export const connectionsAnswer = listOf(connection).describe("In the order of the sites: the config file's first, then by name.");

export const actionAnswer = namedSchema(
  'ActionResult',
  z
    .object({
      says: z.string().describe('What came of it, in one sentence.'),
      ok: z.boolean().describe('False where a probe was refused.'),
    })
    .describe('What came of an action.'),
);

const day = z.string().describe('A day in UTC, `YYYY-MM-DD`.');

const missing = z.object({
  reason: z.string().describe('Stable, for programs.'),
  events: count,
  says: z.string().describe('Why.'),
  remedy: z.string().describe('What to do.'),
});
/** Why some of the events lack a key, and what to do about it. */
export type MissingView = z.output<typeof missing>;

const keyView = z.object({
  key: z.enum(matchKeys),
  events: count.describe('How many events had it.'),
  share: z.number().min(0).max(1),
  missing: listOf(missing).describe('Why the others lacked it, the most frequent reason first.'),
});
/** How many of the delivered events had a key; of the others why not. */
export type KeyView = z.output<typeof keyView>;

const matchShape = { delivered: count, keys: listOf(keyView).describe('All match keys, always in the same order.') };
const match = namedSchema('MatchShares', z.object(matchShape).describe('How many delivered events had each match key.'));
export type MatchView = z.output<typeof match>;

const matchQuality = namedSchema(
  'MatchQuality',
  z
    .object({
      site: siteId,
      connection: connectionId,
      since: day,
      until: day,
      all: match,
      events: listOf(z.object({ ...matchShape, name: z.string().describe("The event's name.") })).describe(
        'By name, the most frequent first.',
      ),
    })
    .describe("One connection's delivered events of some days, the first and the last included."),
);
export type MatchQualityView = z.output<typeof matchQuality>;

export const matchQualityAnswer = listOf(matchQuality).describe('One for each connection.');

const account = namedSchema(
  'Account',
  z.object({ name: z.string(), role: z.enum(roles), createdAt: time }).describe('Who may sign in to the dashboard.'),
);
export const accountsAnswer = listOf(account).describe('By name.');

export const accountChangedAnswer = namedSchema('AccountChanged', z.object({ ok: z.literal(true) }).describe('It is done.'));

export const testSentAnswer = namedSchema(
  'TestSent',
  z
    .object({ eventId: z.string().describe("The event's id, to look up its timeline by.") })
    .describe('A test event was accepted.'),
);

export const backupAnswer = z.string().meta({ format: 'binary' }).describe('A tar file.');

export const documentAnswer = z.looseObject({ openapi: z.string() }).describe('An OpenAPI 3.1 document.');

export const referenceAnswer = z.string().describe('A page for people.');
