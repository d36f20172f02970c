import type { IssueStore } from '../ports/issues.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';
import { issueStoreChanges, selectIssue } from './issue-changes.ts';
import { parseIssue } from './rows/issues.ts';

const selectOpen = defineStatement<{ readonly issue: string }>(
  'SELECT issue FROM issues WHERE ended_at IS NULL ORDER BY began_at, id',
);
const selectEnded = defineStatement<{ readonly issue: string }>(
  'SELECT issue FROM issues WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id LIMIT $1',
);
const removeEnded = defineStatement('DELETE FROM issues WHERE ended_at < $1');

export function createIssueStore(sql: Sql): IssueStore {
  return {
    listOpenIssues: async () => (await sql.read(selectOpen())).map(({ issue }) => parseIssue(issue)),
    listEndedIssues: async (limit) => (await sql.read(selectEnded(limit))).map(({ issue }) => parseIssue(issue)),
    async getIssue(id) {
      const [row] = await sql.read(selectIssue(id));
      return row && parseIssue(row.issue);
    },
    beginIssue: (issue, now) => sql.change(issueStoreChanges.begin, issue, now),
    changeIssue: async (id, content, rank, now) => void (await sql.change(issueStoreChanges.change, id, content, rank, now)),
    endIssue: (id, now) => sql.change(issueStoreChanges.end, id, now),
    decideIssue: (id, decision, by, now) => sql.change(issueStoreChanges.decide, id, decision, by, now),
    removeIssues: async (endedBefore) => void (await sql.write(removeEnded(endedBefore))),
  };
}
