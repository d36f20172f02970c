import { nameStoredAccount, toStoredAccount } from '../../activity/stored-account.ts';
import { messageSchema } from '../../alerts/message.ts';
import { getRunbookPath } from '../../event/runbooks.ts';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import type { IssueList, ListedIssue } from '../../issues/issue-list.ts';
import type { AccountId } from '../../storage/ports/activity.ts';
import type { IssueDecision } from '../../storage/ports/issues.ts';
import type { Store } from '../../storage/ports/store.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { ApiCaller, RouteHandlers } from '../http/handler.ts';
import { type Access, hasSiteRole } from '../http/site-roles.ts';
import type { issueRoutes } from './routes.ts';
import type { ReportedIssue, ReportedIssueDetails } from './schemas.ts';

export interface IssueRouteDeps {
  readonly issues: IssueList;
  readonly store: Store;
  readonly now: () => UnixMs;
}

const searchedMessages = 500;

export function createIssueHandlers({ issues, store, now }: IssueRouteDeps): RouteHandlers<typeof issueRoutes> {
  const findSeen = async (id: string, access: Access | undefined) => {
    const issue = await issues.find(id);
    return issue && canSee(issue, access) ? nameAccounts(issue, await store.listAccountIds()) : undefined;
  };
  const readDetails = async (issue: ListedIssue, access: Access | undefined): Promise<ReportedIssueDetails> => ({
    ...toReported(issue, access),
    history: issue.site !== undefined || isOnAllSites(access) ? issue.history : issue.history.filter(isOfGateway),
    messages: isOnAllSites(access) ? await findMessages(issue, store) : [],
  });
  const findDecidable = async (id: string, { access }: ApiCaller) => {
    const issue = await findSeen(id, access);
    if (!issue) return new ApiErrorResult('no-such-issue');
    return access && !hasSiteRole(access, issue.site, 'editor') ? new ApiErrorResult('editor-only') : issue;
  };
  const decide = async (id: string, decision: IssueDecision, caller: ApiCaller) => {
    const { account, access } = caller;
    const issue = await findDecidable(id, caller);
    if (issue instanceof ApiErrorResult) return issue;
    const by = account === undefined ? undefined : toStoredAccount(await store.listAccountIds(), account);
    if (!(await issues.decide(issue.id, decision, by))) return new ApiErrorResult('issue-ended');
    return readDetails((await findSeen(id, access)) ?? issue, access);
  };
  return {
    async 'GET /api/issues'({ state, site }, _body, { access }) {
      const all = state === 'resolved' ? await issues.listEnded() : await issues.listPresent();
      const asked = all.filter((issue) => site === undefined || issue.site === site);
      return reportIssues(
        asked.filter((issue) => state === undefined || issue.state === state),
        store,
        access,
      );
    },

    async 'GET /api/issues/:issue'({ issue: id }, _body, { access }) {
      const issue = await findSeen(id, access);
      return issue ? readDetails(issue, access) : new ApiErrorResult('no-such-issue');
    },

    'POST /api/issues/:issue/acknowledge': ({ issue }, _body, caller) => decide(issue, { change: 'acknowledged' }, caller),

    'POST /api/issues/:issue/snooze': ({ issue }, { minutes }, caller) =>
      decide(issue, { change: 'snoozed', until: now() + minutes * minuteMs }, caller),

    async 'POST /api/issues/:issue/assign'({ issue: id }, { account }, caller) {
      if (account === undefined) return decide(id, { change: 'assigned' }, caller);
      // A caller who may not assign learns nothing about accounts.
      const issue = await findDecidable(id, caller);
      if (issue instanceof ApiErrorResult) return issue;
      const assignee = (await store.listAccounts()).find(({ name }) => name === account);
      if (!(assignee && hasSiteRole(assignee, issue.site, issue.needs ?? 'viewer'))) return new ApiErrorResult('no-such-account');
      return decide(id, { change: 'assigned', to: toStoredAccount(await store.listAccountIds(), account) }, caller);
    },

    'POST /api/issues/:issue/open': ({ issue }, _body, caller) => decide(issue, { change: 'opened' }, caller),
  };
}

/** Returns the issues that an account may see, as it may read them. */
export async function reportIssues(
  issues: readonly ListedIssue[],
  store: Pick<Store, 'listAccountIds'>,
  access: Access | undefined,
): Promise<readonly ReportedIssue[]> {
  const accounts = await store.listAccountIds();
  return issues.filter((issue) => canSee(issue, access)).map((issue) => toReported(nameAccounts(issue, accounts), access));
}

/** Names the accounts of an issue as they are called now. */
function nameAccounts({ assignee, ...issue }: ListedIssue, accounts: readonly AccountId[]): ListedIssue {
  const assignedAt = issue.history.findLast(({ change }) => change === 'assigned')?.at ?? issue.since;
  return {
    ...issue,
    ...(assignee !== undefined && { assignee: nameStoredAccount(accounts, assignee, assignedAt) }),
    history: issue.history.map(({ by, to, ...change }) => ({
      ...change,
      ...(by !== undefined && { by: nameStoredAccount(accounts, by, change.at) }),
      ...(to !== undefined && { to: nameStoredAccount(accounts, to, change.at) }),
    })),
  };
}

/** Every account sees the issues of the gateway. */
function canSee({ site, needs }: ListedIssue, access: Access | undefined): boolean {
  return access === undefined || site === undefined || hasSiteRole(access, site, needs ?? 'viewer');
}

function isOnAllSites(access: Access | undefined): boolean {
  return access === undefined || access.role !== 'per-site';
}

/** Returns whether the gateway made a change. The others name accounts. */
function isOfGateway({ change }: ListedIssue['history'][number]): boolean {
  return change === 'began' || change === 'returned' || change === 'worsened' || change === 'ended';
}

/** Returns an issue as an account may read it. One on single sites gets no figures of the gateway. */
function toReported(issue: ListedIssue, access: Access | undefined): ReportedIssue {
  const { history: _, key: __, node: ___, checkedAt: ____, needs: _____, isRetried: ______, names, ...rest } = issue;
  const runbook = getRunbookPath(issue.kind);
  const reported = {
    ...rest,
    ...(runbook !== undefined && { runbook }),
    ...(names.site !== undefined && { siteName: names.site }),
    ...(names.connection !== undefined && { connectionName: names.connection }),
  };
  if (issue.site !== undefined || isOnAllSites(access)) return reported;
  const { detail: _detail, remedy: _remedy, assignee: _assignee, ...shown } = reported;
  const title = gatewayTitles[issue.kind] ?? 'The gateway has a problem';
  return {
    ...shown,
    title,
    sentence: `${title}. Inform an owner of all sites.`,
    figures: [],
    events: 0,
    ...(issue.events > 0 && { isUncounted: true }),
    money: [],
  };
}

/** The titles that an account on single sites reads, without names of machines, channels and other sites. */
const gatewayTitles: Readonly<Record<string, string>> = {
  refusing: 'The gateway refuses events',
  'no-delivery': 'No gateway delivers events',
  disk: 'The disk of the gateway is nearly full',
  'channel-failing': 'An alert channel does not work',
};

async function findMessages(
  { key, history, endedAt = Number.POSITIVE_INFINITY }: ListedIssue,
  store: Pick<Store, 'listAlertMessages'>,
): Promise<ReportedIssueDetails['messages']> {
  const since = history[0]?.at ?? 0;
  return (await store.listAlertMessages(searchedMessages)).flatMap(({ content, channel, createdAt, state }) => {
    const { issue, title } = messageSchema.parse(content);
    // The message of the end follows it within a minute.
    const isOfTime = createdAt >= since - minuteMs && createdAt <= endedAt + 2 * minuteMs;
    return issue === key && isOfTime ? [{ at: createdAt, channel, title, state }] : [];
  });
}
