import { Command } from 'commander';
import type { ActivityRow, ApiClient, ApiResponse } from '../api/client.ts';
import { formatCount } from '../event/format-numbers.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { parseTimeOption } from './event-filters.ts';
import { jsonOption, printJson } from './json-option.ts';
import { fail, print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

interface Options {
  readonly config: string;
  readonly since?: number;
  readonly site?: string;
  readonly json?: true;
}

/** Entries that are listed without `--since`. */
const newest = 50;
const rowsAtOnce = 1_000;

export function activity(): Command {
  const list = new Command('list')
    .description('List who changed what and when, the newest at the end. `convey activity` alone does the same.')
    .option(
      '--since <time>',
      'all entries from this time on, such as 2026-11-24 or 2h; without it, the newest 50',
      parseTimeOption,
    )
    .option('-s, --site <id>', 'only this site')
    .option(...configOption)
    .option(...jsonOption)
    .action(async ({ config, since, site, json }: Options) => {
      const rows = await listRows(connectToGateway(loadConfig(config)), { since, site });
      if (json) return printJson(rows);
      if (rows.length === 0) return print('No entry matches. Changes are recorded from now on.');
      print(table(['time (UTC)', 'actor', 'site', 'connection', 'change'], rows.map(toCells)));
    });
  const verify = new Command('verify')
    .description('Verify that no entry was changed or removed. Exits with 1 if one was.')
    .option(...configOption)
    .option(...jsonOption)
    .action(async ({ config, json }: Options) => {
      const report = await connectToGateway(loadConfig(config))('GET /api/activity/verify');
      if (json) printJson(report);
      else print(describeReport(report).join('\n'));
      if (!report.ok) fail();
    });
  return new Command('activity')
    .description('List who changed what and when, or verify it. The gateway must run.')
    .addCommand(list, { isDefault: true })
    .addCommand(verify);
}

/** Fetches entries, the oldest first. */
async function listRows(
  ask: ApiClient,
  selection: { readonly since: number | undefined; readonly site: string | undefined },
): Promise<readonly ActivityRow[]> {
  const rows: ActivityRow[] = [];
  let cursor: string | undefined;
  do {
    const limit = selection.since === undefined ? newest : rowsAtOnce;
    const page = await ask('GET /api/activity', { ...selection, limit, cursor });
    rows.push(...page.rows);
    cursor = selection.since === undefined ? undefined : page.next;
  } while (cursor !== undefined);
  return rows.toReversed();
}

function toCells({ at, actor, actorName = actor, site = '', connection = '', text }: ActivityRow): readonly string[] {
  return [time(at), ...[actorName, site, connection].map((cell) => sanitizeForTerminal(cell)), sanitizeForTerminal(text, 600)];
}

const breaks = {
  gap: 'entries before it are missing',
  hash: 'it was changed after it was recorded',
  columns: 'the columns by which it is found were changed',
} as const;

const signatures = {
  valid: 'signed by this gateway',
  invalid: 'its signature is wrong',
  'key-missing': 'not checked: the key that signed it is missing',
} as const;

export function describeReport(report: ApiResponse<'GET /api/activity/verify'>): readonly string[] {
  const { ok, entries, firstAt, lastAt, head, checkpoint, gaps, restores, moves, broken } = report;
  const place = ({ seq, at }: { readonly seq: number; readonly at: number }) => `entry ${seq} of ${time(at)} UTC`;
  const period = firstAt === undefined || lastAt === undefined ? '' : `, from ${time(firstAt)} to ${time(lastAt)} UTC`;
  return [
    `${formatCount(entries, 'entry', 'entries')}${period}.`,
    `Head: entry ${head.seq}, ${head.hash}. Compare it with the one in a digest.`,
    ...(checkpoint ? [`Checkpoint after ${place(checkpoint)}: ${signatures[checkpoint.signature]}.`] : []),
    ...gaps.map(({ from, to }) => (from === to ? `Missing: entry ${from}.` : `Missing: entries ${from} to ${to}.`)),
    ...restores.map((one) => `Restored: ${place(one)}.`),
    ...moves.map((one) => `Moved to PostgreSQL: ${place(one)}.`),
    ...(broken ? [`Broken at entry ${broken.seq}: ${breaks[broken.reason]}.`] : []),
    ok
      ? 'The chain is complete.'
      : 'The chain does not verify. Compare it with a backup, and check who can write to the database.',
  ];
}
