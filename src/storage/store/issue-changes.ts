import type { Json } from '../../event/issue.ts';
import {
  type IssueChange,
  type IssueDecision,
  issueReturnMs,
  maxIssueHistory,
  type NewIssue,
  type StoredIssue,
} from '../ports/issues.ts';
import { defineChanges, run, type Steps, select } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';

export const selectIssue = defineStatement<{ readonly issue: string }>('SELECT issue FROM issues WHERE id = $1');
const selectByKey = defineStatement<{ readonly issue: string }>(
  'SELECT issue FROM issues WHERE key = $1 ORDER BY began_at DESC, id LIMIT 20',
);
const addIssue = defineStatement('INSERT INTO issues (id, key, began_at, ended_at, issue) VALUES ($1, $2, $3, NULL, $4)');
const replaceIssue = defineStatement('UPDATE issues SET ended_at = $2, issue = $3 WHERE id = $1');

function* find(id: string): Steps<StoredIssue | undefined> {
  const [row] = yield* select(selectIssue(id));
  return row && JSON.parse(row.issue);
}

function* replace(issue: StoredIssue, change?: IssueChange): Steps<StoredIssue> {
  const next = change ? { ...issue, history: [...issue.history, change].slice(-maxIssueHistory) } : issue;
  yield* run(replaceIssue(issue.id, issue.endedAt, JSON.stringify(next)));
  return next;
}

const defineIssueChange = defineChanges('issues');
/** Runs in the writer's thread of SQLite too, so it loads no schemas. */
export const issueStoreChanges = {
  begin: defineIssueChange('begin', function* (issue: NewIssue, now: number) {
    const known: StoredIssue[] = (yield* select(selectByKey(issue.key))).map((row) => JSON.parse(row.issue));
    const open = known.find(({ endedAt }) => endedAt === undefined);
    if (open) return open;
    const [last] = known.toSorted((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0));
    if (last?.endedAt !== undefined && last.endedAt > now) return undefined;
    if (last?.endedAt !== undefined && now - last.endedAt < issueReturnMs) {
      const { endedAt: _, snoozedUntil, ...rest } = last;
      const { content, rank } = issue;
      const snooze = rank < last.rank || snoozedUntil === undefined ? {} : { snoozedUntil };
      const back = { ...rest, ...snooze, openedAt: now, content, rank, isAcknowledged: false };
      return yield* replace(back, { at: now, change: 'returned' });
    }
    const history: readonly IssueChange[] = [{ at: now, change: 'began' }];
    const begun: StoredIssue = { ...issue, openedAt: now, isAcknowledged: false, history };
    yield* run(addIssue(issue.id, issue.key, issue.beganAt, JSON.stringify(begun)));
    return begun;
  }),
  change: defineIssueChange('change', function* (id: string, content: Json, rank: number, now: number) {
    const issue = yield* find(id);
    if (!issue || issue.endedAt !== undefined || (issue.changedAt ?? now) > now) return;
    const changed = { content, rank, changedAt: now };
    if (rank >= issue.rank) return void (yield* replace({ ...issue, ...changed }));
    const { snoozedUntil: _, ...rest } = issue;
    yield* replace({ ...rest, ...changed, isAcknowledged: false }, { at: now, change: 'worsened' });
  }),
  end: defineIssueChange('end', function* (id: string, now: number) {
    const issue = yield* find(id);
    if (!issue || issue.endedAt !== undefined || issue.openedAt > now) return false;
    yield* replace({ ...issue, endedAt: now }, { at: now, change: 'ended' });
    return true;
  }),
  decide: defineIssueChange('decide', function* (id: string, decision: IssueDecision, by: string | undefined, now: number) {
    const issue = yield* find(id);
    if (!issue || issue.endedAt !== undefined) return undefined;
    return yield* replace(decide(issue, decision), { ...decision, at: now, ...(by !== undefined && { by }) });
  }),
};

function decide({ snoozedUntil, assignee, ...issue }: StoredIssue, decision: IssueDecision): StoredIssue {
  const kept = assignee === undefined ? {} : { assignee };
  switch (decision.change) {
    case 'acknowledged':
      return { ...issue, ...kept, isAcknowledged: true };
    case 'opened':
      return { ...issue, ...kept, isAcknowledged: false };
    case 'snoozed':
      return { ...issue, ...kept, isAcknowledged: issue.isAcknowledged, snoozedUntil: decision.until };
    case 'assigned':
      return {
        ...issue,
        ...(snoozedUntil !== undefined && { snoozedUntil }),
        ...(decision.to !== undefined && { assignee: decision.to }),
      };
  }
}
