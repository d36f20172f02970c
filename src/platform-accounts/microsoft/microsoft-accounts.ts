import type { GrantAccount } from '../../storage/ports/platform-grants.ts';
import type { AccountPlatform, AdTag, PlatformAccount, PlatformApp, PlatformResult } from '../account-platform.ts';
import { isUncounted } from '../goal-check.ts';
import { listAccounts, queryUser, readAccounts } from './accounts.ts';
import { adjustConversions } from './adjust-conversions.ts';
import type { CallResult } from './call.ts';
import { checkGoals } from './check-goals.ts';
import { readClickReport, requestClickReport } from './click-report.ts';
import { MicrosoftClient } from './client.ts';
import { toMicrosoftEndpoints } from './endpoints.ts';
import { explainFault } from './fault-texts.ts';
import { type MicrosoftFault, toCheckFailure, toItemFailure } from './faults.ts';
import { queryAutoTagging, queryGoals } from './goals.ts';
import { makeGoals, proposeGoal } from './make-goals.ts';
import { adjustOfflineConversions } from './offline-adjustments.ts';
import { uploadOfflineConversions } from './offline-conversions.ts';
import { chooseOfflineGoal, findOfflineGoal } from './offline-goals.ts';
import { readOfflineReport } from './offline-report.ts';
import {
  authorizeMicrosoft,
  decodeMicrosoftTokens,
  encodeCodeExchange,
  encodeRefresh,
  readSignInCode,
  type SignInClient,
  toIdentityProvider,
} from './sign-in.ts';
import { explainSignInError } from './sign-in-errors.ts';
import { type MicrosoftTag, queryTags } from './tags.ts';
import { explainUnattributed } from './unattributed-texts.ts';

/** Connects accounts of Microsoft Advertising. */
export const microsoftAccounts: AccountPlatform = {
  id: 'microsoft',
  label: 'Connect Microsoft',
  description:
    'Sign in to choose the account and the UET tag. Convey then fetches the token, and shows which events your goals count. Connecting needs an app registration and a developer token of your own. Without them, enter tag and token below.',
  guide: 'guides/microsoft/connect-microsoft',
  listIdentityProviders: ({ google }) => (google ? ['Microsoft', 'Google'] : ['Microsoft']),
  clickId: 'msclkid',
  provides: ['token'],
  authorize: (app, provider, request) =>
    authorizeMicrosoft(getClient(app, provider), toIdentityProvider(provider), toMicrosoftEndpoints(app.endpoint), request),
  encodeExchange: (app, provider, exchange) =>
    encodeCodeExchange(getClient(app, provider), toIdentityProvider(provider), toMicrosoftEndpoints(app.endpoint), exchange),
  encodeRefresh: (app, provider, refreshToken) =>
    encodeRefresh(getClient(app, provider), toIdentityProvider(provider), toMicrosoftEndpoints(app.endpoint), refreshToken),
  decodeTokens: (provider, response) => decodeMicrosoftTokens(toIdentityProvider(provider), response),
  readErrorCode: (error, description) => readSignInCode({ error, error_description: description }),
  explainError: explainSignInError,
  proposeGoal,
  explainUnattributed,
  open({ developerToken, endpoint }, provider, deps) {
    const common = { endpoints: toMicrosoftEndpoints(endpoint), developerToken, identityProvider: toIdentityProvider(provider) };
    return openAccount((account) => new MicrosoftClient({ ...deps, context: { ...common, account } }));
  },
};

/** Returns the client of a service. The secret of one is never sent to the other. */
function getClient(app: PlatformApp, provider: string): SignInClient {
  if (toIdentityProvider(provider) === 'Microsoft') return app;
  if (!app.google) throw new Error('the app has no client of Google');
  return app.google;
}

type OpenClient = (account?: GrantAccount) => MicrosoftClient;

function openAccount(open: OpenClient): PlatformAccount {
  return {
    readUserName: async () => toResult(await open().call(queryUser()), ({ userName }) => userName),
    async listAccounts() {
      const user = await open().call(queryUser());
      if ('failure' in user) return user;
      const accounts = await readAccounts(open(), user.answer.id);
      return toResult(accounts, (found) => listAccounts(user.answer, found));
    },
    async listTags(account) {
      return toResult(await open(account).call(queryTags()), (tags) => tags.map((tag) => toTag(tag, account)));
    },
    async provideSettings(account, tagId) {
      const key = await open(account).fetchTagKey(tagId);
      if ('failure' in key) return key;
      if (key.answer === undefined) return { failure: explainNoKey(key.faults) };
      return { value: { tagId, token: key.answer, customerId: account.customerId } };
    },
    async checkGoals(account, { tagId }, sent) {
      if (typeof tagId !== 'string') return { failure: tagMissing };
      const client = open(account);
      const goals = await client.call(queryGoals(tagId));
      if ('failure' in goals) return { failure: toCheckFailure(goals.failure) };
      const [fault] = goals.faults;
      if (fault) return { failure: toCheckFailure(toItemFailure(fault)) };
      const autoTagging = await client.call(queryAutoTagging());
      // The goals are known without it.
      const isAutoTagging = 'failure' in autoTagging ? undefined : autoTagging.answer;
      return { value: checkGoals({ tagId, goals: goals.answer, isAutoTagging, ...sent }) };
    },
    async makeGoals(account, { tagId }, events) {
      if (typeof tagId !== 'string') return { failure: tagMissing };
      const client = open(account);
      const goals = await client.call(queryGoals(tagId));
      if ('failure' in goals) return goals;
      // A goal cannot be deleted, so none is made for an event that one counts by now.
      const checked = checkGoals({ tagId, goals: goals.answer, events, sendsHashes: false, isAutoTagging: undefined });
      const uncounted = checked.events.filter(isUncounted);
      return makeGoals(client, { tagId, events: uncounted, takenNames: goals.answer.map(({ name }) => name) });
    },
    chooseUploadGoal: (account) => chooseOfflineGoal(open(account)),
    findUploadGoal: (account) => findOfflineGoal(open(account)),
    uploadConversions: (account, goal, conversions) => uploadOfflineConversions(open(account), goal, conversions),
    readUploadReport: (account, goalId, period) => readOfflineReport(open(account), goalId, period),
    requestClickReport: (account, days) => requestClickReport(open(account), account, days),
    adjustUploads: (account, changes) => adjustOfflineConversions(open(account), changes),
    adjustConversions: (account, changes) => adjustConversions(open(account), changes),
    readClickReport: (account, id, download) => readClickReport(open(account), id, download),
  };
}

function toResult<A, T>(result: CallResult<A>, read: (answer: A) => T): PlatformResult<T> {
  return 'failure' in result ? result : { value: read(result.answer) };
}

const statuses = { Active: 'active', Inactive: 'inactive', Unverified: 'unverified' } as const;

function toTag({ tagId, name, status, ownerCustomerId }: MicrosoftTag, { customerId }: GrantAccount): AdTag {
  const isShared = ownerCustomerId !== undefined && ownerCustomerId !== customerId;
  return { tagId, name, status: status && statuses[status], isShared };
}

function explainNoKey([fault]: readonly MicrosoftFault[]) {
  return fault ? toItemFailure(fault) : { code: 'key-missing', message: explainFault(undefined, 'unavailable') };
}

const tagMissing = {
  code: 'tag-missing',
  message: 'The connection has no UET tag. Choose one in its settings.',
};
