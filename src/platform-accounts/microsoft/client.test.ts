import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { createSender } from '../../delivery/sending/http-sender.ts';
import type { HttpRequest } from '../../destinations/kit/http-message.ts';
import { listAccounts, queryUser, readAccounts, searchAccounts } from './accounts.ts';
import { decodeAnswer } from './call.ts';
import { checkGoals } from './check-goals.ts';
import { MicrosoftClient } from './client.ts';
import { toMicrosoftEndpoints } from './endpoints.ts';
import { queryAutoTagging, queryGoals } from './goals.ts';
import { makeGoals } from './make-goals.ts';
import { microsoftAccounts } from './microsoft-accounts.ts';
import { authorizeMicrosoft, decodeMicrosoftTokens, encodeCodeExchange, identityProviders } from './sign-in.ts';
import { queryTags } from './tags.ts';

const endpoints = toMicrosoftEndpoints();
const response = (status: number, body: object) =>
  ({ status, headers: {}, body: JSON.stringify(body), incomplete: false }) as const;
const fault = (code: number, name: string) => ({
  TrackingId: 't-1',
  Errors: [{ Code: code, ErrorCode: name, Message: 'secret' }],
});

function open(...answers: readonly ReturnType<typeof response>[]) {
  const sent: HttpRequest[] = [];
  const client = new MicrosoftClient({
    send: async (request) => {
      sent.push(request);
      const next = answers[sent.length - 1];
      return next ? { response: next } : { failure: 'ECONNREFUSED' };
    },
    getAccess: async (refused) => ({ accessToken: refused === undefined ? 'first' : 'second' }),
    context: { endpoints, developerToken: 'dev', identityProvider: 'Google', account: { customerId: '7', accountId: '8' } },
  });
  return { client, sent };
}

test('an expired token is renewed once, by its code and not by the status', async () => {
  const { client, sent } = open(
    response(400, fault(109, 'AuthenticationTokenExpired')),
    response(200, { UetTags: [null, { Id: 5, TrackingStatus: 'Active' }] }),
  );
  const result = await client.call(queryTags());
  expect(result).toMatchObject({ answer: [{ tagId: '5', status: 'Active' }] });
  expect(sent.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  expect(sent[0]?.headers).toMatchObject({
    developertoken: 'dev',
    identityprovider: 'Google',
    customerid: '7',
    customeraccountid: '8',
  });
});

test.each([
  [403, fault(106, 'UserIsNotAuthorized'), 'forbidden'],
  [401, fault(105, 'InvalidCredentials'), 'refresh'],
  [200 + 200, fault(204, 'NotSupported'), 'unavailable'],
  [429, {}, 'wait'],
  [400, { OperationErrors: [{ Code: '5300', ErrorCode: 'InvalidUetTagId' }] }, 'input'],
  [500, {}, 'retry'],
])('a fault with status %d asks for its action', (status, body, action) => {
  const result = decodeAnswer(queryUser(), response(status, body));
  expect(result).toMatchObject({ failure: { action } });
  expect(JSON.stringify(result)).not.toContain('secret');
});

test('the token of a tag is read in both spellings, and the other parameter is tried once', async () => {
  const { client, sent } = open(response(400, fault(100, 'NullRequest')), response(200, { TagAuthKey: { AuthKey: 'key-1' } }));
  expect(await client.fetchTagKey('187')).toMatchObject({ answer: 'key-1' });
  expect(sent.map(({ body }) => body)).toEqual(['{"UetTagId":"187"}', '{"TagId":"187"}']);
  const documented = open(response(200, { UetTagAuthKey: 'key-2', PartialErrors: [] }));
  expect(await documented.client.fetchTagKey('187')).toMatchObject({ answer: 'key-2' });
  expect(await open().client.fetchTagKey('187')).toMatchObject({ failure: { code: 'ECONNREFUSED' } });
});

test('a linked account acts as the agency, and a viewer may only read', () => {
  const user = decodeAnswer(
    queryUser(),
    response(200, {
      User: { Id: 1, UserName: 'a' },
      CustomerRoles: [{ CustomerId: 7, RoleId: 100, LinkedAccountIds: ['9'] }],
    }),
  );
  const accounts = decodeAnswer(searchAccounts('1'), response(200, { Accounts: [{ Id: 9, ParentCustomerId: 3, Name: 'Shop' }] }));
  if ('failure' in user || 'failure' in accounts) throw new Error('unreadable');
  expect(listAccounts(user.answer, accounts.answer.accounts)).toMatchObject([
    { accountId: '9', customerId: '7', isReadOnly: true },
  ]);
});

test('the sign-in names the redirect and the challenge, and a public client sends no secret', () => {
  const request = { redirectUrl: 'https://convey.example/connect-account', state: 's', codeChallenge: 'c' };
  for (const provider of identityProviders) {
    const url = new URL(authorizeMicrosoft({ clientId: 'id' }, provider, endpoints, request));
    expect(url.searchParams.get('code_challenge')).toBe('c');
    expect(url.searchParams.get('redirect_uri')).toBe(request.redirectUrl);
    const exchange = encodeCodeExchange({ clientId: 'id' }, provider, endpoints, {
      code: 'x',
      redirectUrl: 'r',
      codeVerifier: 'v',
    });
    expect(exchange.body).toContain('code_verifier=v');
    expect(exchange.body).not.toContain('client_secret');
  }
});

const goal = (more: object) => ({
  Id: 1,
  Name: 'Sale',
  Type: 'Event',
  TagId: '187',
  Status: 'Active',
  CountType: 'All',
  Revenue: { Type: 'VariableValue' },
  ActionOperator: 'Equals',
  ActionExpression: 'PURCHASE',
  ...more,
});
function check(goals: readonly object[], more: object = {}) {
  const read = decodeAnswer(queryGoals('187'), response(200, { ConversionGoals: goals }));
  if ('failure' in read) throw new Error('unreadable');
  const events = [{ event: 'Purchase', name: 'purchase', delivered: 2 }];
  const { events: checked } = checkGoals({
    tagId: '187',
    goals: read.answer,
    events,
    sendsHashes: true,
    isAutoTagging: true,
    ...more,
  });
  return checked.flatMap(({ findings }) => findings.map(({ code }) => code));
}

test.each([
  ['a goal that counts the event', [goal({})], []],
  ['no goal', [], ['none']],
  ['a goal of another tag', [goal({ TagId: '5' })], ['none']],
  ['a paused goal', [goal({ Status: 'Paused' })], ['paused']],
  ['a typing error', [goal({ ActionExpression: 'purchse' })], ['near']],
  ['an automatic goal', [goal({ IsAutoGoal: true, ActionExpression: 'AutoEvent_purchase' })], ['near']],
  ['a pattern', [goal({ ActionOperator: 'RegularExpression', ActionExpression: '^purch' })], []],
  ['a pattern that RE2 lacks', [goal({ ActionOperator: 'RegularExpression', ActionExpression: '(?<!x)purchase' })], ['unknown']],
  ['an unknown operator', [goal({ ActionOperator: 'EndsWith' })], ['unknown']],
  ['an unknown operator beside a goal that counts', [goal({ ActionOperator: 'EndsWith' }), goal({ Id: 2 })], []],
  ['a condition', [goal({ LabelOperator: 'Equals', LabelExpression: 'x' })], ['conditional']],
  ['no revenue, counted once', [goal({ Revenue: { Type: 'NoValue' }, CountType: 'Unique' })], ['no-revenue', 'unique-purchase']],
  ['a fixed revenue', [goal({ Revenue: { Type: 'FixedValue' } })], ['fixed-revenue']],
  ['two goals', [goal({}), goal({ Id: 2 })], ['twice']],
  ['two goals, one excluded', [goal({}), goal({ Id: 2, ExcludeFromBidding: true })], []],
  ['nothing counted', [goal({ TrackingStatus: 'NoRecentConversions' })], ['quiet']],
  ['a silent tag', [goal({ TrackingStatus: 'TagInactive' })], ['tag-inactive']],
  ['an unknown tag', [goal({ TrackingStatus: 'TagUnverified' })], ['tag-unverified']],
  ['a lost tag', [goal({ TrackingStatus: 'InactiveDueToTagUnavailable' })], ['tag-unavailable']],
  ['hashes that are ignored', [goal({ IsEnhancedConversionsEnabled: false })], ['not-enhanced']],
])('the check of goals finds %s', (_, goals, codes) => {
  expect(check(goals)).toEqual(codes);
});

test.each([
  [0, []],
  [1, ['quiet']],
])('a goal that counted nothing is reported if Microsoft accepted events of its name: %d', (delivered, codes) => {
  const events = [
    { event: 'Purchase', name: 'purchase', delivered },
    { event: 'Sale', name: 'sale', delivered: 9 },
  ];
  const goals = [goal({ TrackingStatus: 'NoRecentConversions' }), goal({ Id: 2, Name: 'Other', ActionExpression: 'sale' })];
  expect(check(goals, { events })).toEqual(codes);
});

test('the account is checked for click ids', () => {
  const body = { AccountProperties: [{ Name: 'MSCLKIDAutoTaggingEnabled', Value: 'False' }] };
  expect(decodeAnswer(queryAutoTagging(), response(200, body))).toMatchObject({ answer: false });
});

test('a goal gets a name that none has, also none of another tag, and the others are made meanwhile', async () => {
  const events = ['Purchase', 'Lead', 'Search'].map((event) => ({ event, name: event.toLowerCase(), delivered: 1 }));
  const { client, sent } = open(
    response(200, {
      ConversionGoalIds: [null, '2', null],
      PartialErrors: [
        { Code: 5342, ErrorCode: 'InvalidExpression', Index: 2 },
        { Code: 5317, ErrorCode: 'NameExists', Index: 0 },
      ],
    }),
    response(200, { ConversionGoalIds: ['3'], PartialErrors: [] }),
  );
  expect(await makeGoals(client, { tagId: '187', events, takenNames: ['purchase (convey)'] })).toMatchObject({
    value: [{ event: 'Purchase' }, { event: 'Lead' }, { event: 'Search', failure: { code: '5342 InvalidExpression' } }],
  });
  const goals = sent.map(({ body }) => JSON.parse(body).ConversionGoals);
  expect(goals[0]).toMatchObject([
    {
      Name: 'Purchase (Convey) 2',
      GoalCategory: 'Purchase',
      CountType: 'All',
      ActionExpression: 'purchase',
      Revenue: { Type: 'VariableValue' },
    },
    { Name: 'Lead (Convey)', GoalCategory: 'SubmitLeadForm', CountType: 'Unique', Revenue: { Type: 'NoValue' } },
    { GoalCategory: 'Other' },
  ]);
  expect(goals[1]).toMatchObject([{ Name: 'Purchase (Convey) 3', TagId: '187' }]);
});

test('a list of 200 tags is read through the sender, and a longer one than is read has its own code', async () => {
  let tags = 200;
  const server = createServer((_, answer) => {
    const tag = { Name: 'Tag', TrackingScript: 'x'.repeat(1_500) };
    answer.end(JSON.stringify({ UetTags: Array.from({ length: tags }, (_none, nth) => ({ ...tag, Id: nth + 1 })) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const sender = createSender({ allowPrivateDestinations: true, userAgent: 'test' });
  const client = new MicrosoftClient({
    send: async (request) => {
      const sent = await sender.send(request);
      return 'response' in sent ? sent : { failure: 'no-response' };
    },
    getAccess: async () => ({ accessToken: 'first' }),
    context: {
      endpoints: toMicrosoftEndpoints(`http://127.0.0.1:${port}`),
      developerToken: 'dev',
      identityProvider: 'Microsoft',
    },
  });
  const read = await client.call(queryTags());
  expect('answer' in read && read.answer.length).toBe(200);
  tags = 6_000;
  expect(await client.call(queryTags())).toMatchObject({ failure: { code: 'answer-too-long' } });
  await sender.close();
  server.closeAllConnections();
  server.close();
});

test('the accounts of all pages are listed, and more than are read is said', async () => {
  const page = (length: number) => response(200, { Accounts: Array(length).fill({ Id: 9, ParentCustomerId: 3 }) });
  const { client, sent } = open(page(1_000), page(1));
  const read = await readAccounts(client, '1');
  expect('answer' in read && read.answer.length).toBe(1_001);
  expect(sent.map(({ body }) => JSON.parse(body).PageInfo.Index)).toEqual([0, 1]);
  expect(await readAccounts(open(...Array(20).fill(page(1_000))).client, '1')).toMatchObject({
    failure: { code: 'too-many-accounts' },
  });
});

test.each([
  ['access_denied', 'AADSTS50011: secret words', 'AADSTS50011'],
  ['access_denied', 'AADSTS65004: The user has denied access.', 'access_denied'],
  ['server_error', undefined, 'server_error'],
])('a refusal %s with the description %s has the code %s', (error, description, code) => {
  expect(microsoftAccounts.readErrorCode(error, description)).toBe(code);
});

test.each(['invalid_grant', 'interaction_required', 'consent_required', 'login_required'])('%s ends the access', (error) => {
  expect(decodeMicrosoftTokens('Microsoft', response(400, { error }))).toMatchObject({ refused: { isFinal: true } });
});

test('a refused read of the account properties keeps the result of the goals', async () => {
  const answers = [response(200, { ConversionGoals: [goal({})] }), response(403, fault(106, 'UserIsNotAuthorized'))];
  const account = microsoftAccounts.open({ clientId: 'c', developerToken: 'd' }, 'Microsoft', {
    send: async () => ({ response: answers.shift() ?? response(500, {}) }),
    getAccess: async () => ({ accessToken: 'first' }),
  });
  const sent = { events: [{ event: 'Purchase', name: 'purchase', delivered: 2 }], sendsHashes: false };
  expect(await account.checkGoals({ customerId: '7', accountId: '8' }, { tagId: '187' }, sent)).toMatchObject({
    value: { tagId: '187', events: [{ countedBy: ['Sale'] }], findings: [] },
  });
});

test('goals that were made are reported also if a later request has no answer', async () => {
  const events = ['Purchase', 'Lead'].map((event) => ({ event, name: event.toLowerCase(), delivered: 1 }));
  const taken = { Code: 5317, ErrorCode: 'NameExists', Index: 1 };
  const { client } = open(response(200, { ConversionGoalIds: ['1', null], PartialErrors: [taken] }));
  expect(await makeGoals(client, { tagId: '187', events, takenNames: [] })).toMatchObject({
    value: [{ event: 'Purchase' }, { event: 'Lead', failure: { code: 'ECONNREFUSED' } }],
  });
});
