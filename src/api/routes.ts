import { z } from 'zod';
import { accuracyRoutes } from './accuracy/routes.ts';
import { deliveryRoutes } from './connections/routes.ts';
import { deadLettersAnswer, eventsAnswer, rejectionsAnswer, seenAnswer, timelinesAnswer } from './events/schemas.ts';
import {
  accountChangedAnswer,
  accountsAnswer,
  actionAnswer,
  backupAnswer,
  connectionsAnswer,
  documentAnswer,
  matchQualityAnswer,
  referenceAnswer,
  statusAnswer,
  testSentAnswer,
} from './gateway/schemas.ts';
import {
  accountName,
  action,
  changedAccount,
  connection,
  days,
  eventId,
  filters,
  type Given,
  live,
  newAccount,
  nothing,
  onlyConnection,
  paging,
  reading,
  site,
} from './http/parameters.ts';
import { type Method, methods, type Table } from './http/route.ts';
import { peopleRoutes } from './people/routes.ts';
import { siteRoutes } from './sites/routes.ts';

/**
 * Every route by its method and address. The app, the OpenAPI document, the reference page and the client are made of this
 * table.
 */
export const routes = {
  ...siteRoutes,
  ...deliveryRoutes,
  'GET /api/status': {
    group: 'Gateway',
    summary: 'How the gateway is, its sites and their connections',
    asked: z.strictObject({}),
    body: nothing,
    answer: statusAnswer,
    refusals: [],
  },
  'POST /api/backup': {
    group: 'Gateway',
    summary: 'A backup of everything that is kept, made while the gateway runs',
    detail:
      'A tar file with `state.db`, `log.db` and their checksums. The answer begins once the files are copied and checked. The key for secrets is not in it.',
    asked: z.strictObject({}),
    body: nothing,
    answer: backupAnswer,
    media: 'application/x-tar',
    onlySocket: true,
    refusals: ['backup-running', 'backup-no-room', 'socket-only'],
  },
  'GET /api/connections': {
    group: 'Connections',
    summary: 'How each connection is doing, and what to do about it',
    asked: z.strictObject({}),
    body: nothing,
    answer: connectionsAnswer,
    refusals: [],
  },
  'POST /api/sites/:site/connections/:connection/:action': {
    group: 'Connections',
    summary: 'Pause, resume or probe a connection',
    asked: z.strictObject({ site, connection, action }),
    body: nothing,
    answer: actionAnswer,
    refusals: ['no-such-site', 'no-such-connection', 'not-found'],
  },
  'GET /api/sites/:site/match-quality': {
    group: 'Connections',
    summary: 'By what the platform could match the delivered events, and why others could not be',
    asked: z.strictObject({
      site,
      ...days,
      connection: onlyConnection.meta({ description: 'This connection alone.' }),
    }),
    body: nothing,
    answer: matchQualityAnswer,
    refusals: ['no-such-site', 'no-such-connection'],
  },
  ...accuracyRoutes,
  'POST /api/sites/:site/send-test': {
    group: 'Connections',
    summary: 'Accept one synthetic event, which goes through everything',
    detail: 'It is named `convey_test`, has no value and matches no goal.',
    asked: z.strictObject({ site, live }),
    body: nothing,
    answer: testSentAnswer,
    refusals: ['no-such-site', 'live-endpoint', 'not-accepting'],
  },
  'GET /api/sites/:site/events': {
    group: 'Events',
    summary: 'The newest events, with what became of each on every connection',
    detail:
      'Without filters every report is listed, signals and copies too. With a filter, or `before`, an event stands for all its reports: copies are listed only for `outcome=duplicate`, signals not at all. One call looks through 200,000 events at most, so a page may hold fewer than `limit` and still have a `next`. With `after` there is no `next`: go on with `through`.',
    asked: z.strictObject({ site, ...filters, ...paging, ...reading }),
    body: nothing,
    answer: eventsAnswer,
    refusals: ['no-such-site'],
  },
  'GET /api/sites/:site/timelines': {
    group: 'Events',
    summary: 'One event across every boundary',
    detail: 'The timelines of all events with this id: usually one, none where there is no such event.',
    asked: z.strictObject({ site, id: eventId }),
    body: nothing,
    answer: timelinesAnswer,
    refusals: ['no-such-site'],
  },
  'GET /api/sites/:site/seen': {
    group: 'Events',
    summary: 'From where a test event of a browser came, as the gateway saw it',
    detail: "Only of events named `convey_test`, which are nobody's: `convey check --live` sends them to see what proxies do.",
    asked: z.strictObject({ site, id: eventId }),
    body: nothing,
    answer: seenAnswer,
    refusals: ['no-such-site'],
  },
  'GET /api/sites/:site/rejections': {
    group: 'Events',
    summary: 'The newest submissions that never became events',
    asked: z.strictObject({ site, ...paging }),
    body: nothing,
    answer: rejectionsAnswer,
    refusals: ['no-such-site'],
  },
  'GET /api/sites/:site/dead-letters': {
    group: 'Events',
    summary: 'The newest events that could not be sent, with the reasons',
    detail: 'Of all connections together, or of one. An entry with `range` stands for many events.',
    asked: z.strictObject({ site, ...paging, connection: onlyConnection.meta({ description: 'This connection alone.' }) }),
    body: nothing,
    answer: deadLettersAnswer,
    refusals: ['no-such-site', 'no-such-connection'],
  },
  ...peopleRoutes,
  'GET /api/accounts': {
    group: 'Accounts',
    summary: 'Who may sign in to the dashboard',
    asked: z.strictObject({}),
    body: nothing,
    answer: accountsAnswer,
    refusals: [],
  },
  'POST /api/accounts': {
    group: 'Accounts',
    summary: 'Let somebody sign in',
    detail: 'The first account must be an owner.',
    asked: z.strictObject({}),
    body: newAccount,
    answer: accountChangedAnswer,
    refusals: ['account-exists', 'owner-needed', 'rate-limited'],
  },
  'PATCH /api/accounts/:name': {
    group: 'Accounts',
    summary: "Change an account's role or its password",
    detail: 'One of the two. A new password ends the sessions of the account.',
    asked: z.strictObject({ name: accountName }),
    body: changedAccount,
    answer: accountChangedAnswer,
    refusals: ['no-such-account', 'owner-needed', 'rate-limited'],
  },
  'DELETE /api/accounts/:name': {
    group: 'Accounts',
    summary: 'Remove an account, and end its sessions',
    asked: z.strictObject({ name: accountName }),
    body: nothing,
    answer: accountChangedAnswer,
    refusals: ['no-such-account', 'owner-needed'],
  },
  'GET /api/openapi.json': {
    group: 'This reference',
    summary: 'The OpenAPI document',
    asked: z.strictObject({}),
    body: nothing,
    answer: documentAnswer,
    refusals: [],
  },
  'GET /api': {
    group: 'This reference',
    summary: 'This page',
    asked: z.strictObject({}),
    body: nothing,
    answer: referenceAnswer,
    media: 'text/html',
    refusals: [],
  },
} as const satisfies Table;

type Routes = typeof routes;
export type RouteKey = keyof Routes;

/** What is asked for, as the gateway reads it. */
export type ParamsOf<A extends RouteKey> = z.output<Routes[A]['asked']>;
/** What is asked for, as a caller gives it. */
export type InputOf<A extends RouteKey> = Given<Routes[A]['asked']['shape']>;
export type BodyOf<A extends RouteKey> = z.output<Routes[A]['body']>;
export type ResponseOf<A extends RouteKey> = z.output<Routes[A]['answer']>;
export type ErrorCodeOf<A extends RouteKey> = Routes[A]['refusals'][number] | 'parameter-invalid';

export const routeKeys: readonly RouteKey[] = Object.keys(routes).filter((address) => isAddress(address));

function isAddress(text: string): text is RouteKey {
  return Object.hasOwn(routes, text);
}

/** The two halves of a key of the table. */
export function methodAndPath(address: RouteKey): readonly [method: Method, path: string] {
  const [method, path = ''] = address.split(' ');
  return [methods.find((one) => one === method) ?? 'GET', path];
}
