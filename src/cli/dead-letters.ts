import { Command } from 'commander';
import type { ApiClient, DeadLetterView, EventFilters } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { confirm } from './confirm.ts';
import { connectionHelp, selectConnection } from './connections.ts';
import { addFilterOptions } from './event-filters.ts';
import { jsonOption, printJson } from './json-option.ts';
import { selectSite, siteOption } from './site-option.ts';
import { print } from './terminal.ts';
import { formatIssue, sanitizeForTerminal, table, time } from './terminal-output.ts';

/** The maximum of the API. */
const maxListed = 1_000;

export function deadLetters(): Command {
  const list = new Command('list')
    .description('List the newest failed events of a site with their reasons.')
    .option(...siteOption)
    .option(...configOption)
    .option(...jsonOption)
    .action(async (options: { config: string; site?: string; json?: true }) => {
      const ask = connectToGateway(loadConfig(options.config));
      const page = await ask('GET /api/sites/:site/dead-letters', { site: await selectSite(ask, options), limit: maxListed });
      if (options.json) return printJson(page.deadLetters);
      if (page.deadLetters.length === 0) return print('No failed events.');
      print(formatDeadLetters(page.deadLetters));
      if (page.next !== undefined) print(`\nThese are the newest ${maxListed}. There are older failed events.`);
    });
  const act = (action: 'retry' | 'drop', description: string) =>
    new Command(action)
      .description(description)
      .argument('<site/connection>', connectionHelp)
      .option(
        '--offset <offset>',
        'the offset of a failed event in `dead-letters list`; repeatable',
        (one, before: string[] = []) => [...before, one],
      )
      .option('--all', 'all failed events of the connection')
      .option(...configOption)
      .action(async (name: string, options: SelectOptions) => {
        const { config, offset: offsets, all } = options;
        const filters = readFilters(options);
        if ([offsets, all, filters].filter((one) => one !== undefined).length !== 1)
          throw new ConveyError(
            'No failed event is selected',
            `Use --offset for each failed event, or --all${action === 'retry' ? ', or filters such as --since' : ''}`,
          );
        const ask = connectToGateway(loadConfig(config));
        const connection = await selectConnection(ask, name);
        if (filters) return retryMatching(ask, connection, filters, options);
        const path = `POST /api/sites/:site/connections/:connection/dead-letters/${action}` as const;
        print(sanitizeForTerminal((await ask(path, connection, offsets ? { offsets } : { all: true })).says, 600));
      });
  return new Command('dead-letters')
    .description('List, retry or drop failed events. These are events that could not be delivered.')
    .addCommand(list)
    .addCommand(
      addRetryOptions(act('retry', 'Send failed events again. Uses the current settings, and skips events that are too old.')),
    )
    .addCommand(act('drop', 'Remove failed events. They are not sent.'));
}

interface SelectOptions extends Pick<EventFilters, 'event' | 'reason' | 'since' | 'until'> {
  readonly config: string;
  readonly offset?: string[];
  readonly all?: true;
  readonly dryRun?: true;
  readonly yes?: true;
}

/** Adds the options that select failed events by filters, whose number is printed first. */
function addRetryOptions(command: Command): Command {
  return addFilterOptions(command, ['--event', '--reason', '--since', '--until'])
    .option('--dry-run', 'with filters: only print the number of events')
    .option('-y, --yes', 'with filters: do not ask for confirmation');
}

type RetryFilters = Pick<EventFilters, 'event' | 'reason' | 'since' | 'until'>;

function readFilters({ event, reason, since, until }: SelectOptions): RetryFilters | undefined {
  const filters = { event, reason, since, until };
  return Object.values(filters).some((filter) => filter !== undefined) ? filters : undefined;
}

/** Prints the number of failed events that match, and sends them again once that is confirmed. */
async function retryMatching(
  ask: ApiClient,
  where: { readonly site: string; readonly connection: string },
  filters: RetryFilters,
  { dryRun, yes }: Pick<SelectOptions, 'dryRun' | 'yes'>,
): Promise<void> {
  const path = 'POST /api/sites/:site/events/retry';
  const counted = await ask(path, { ...where, ...filters }, { dryRun: true });
  print(sanitizeForTerminal(counted.says, 600));
  if (dryRun || counted.events === 0) return;
  if (!yes) await confirm('Send them?', 'sent', 'send them');
  print(sanitizeForTerminal((await ask(path, { ...where, ...filters }, { dryRun: false })).says, 600));
}

/** Formats one row per event, and one per range of the event log that retention removed. */
export function formatDeadLetters(letters: readonly DeadLetterView[]): string {
  const rows = letters.map(({ at, connection, cause, issues, ...what }) => [
    time(at),
    connection,
    ...('range' in what
      ? [what.range.through, `${what.range.events} events`, '–']
      : [what.offset, sanitizeForTerminal(what.eventName, 30), sanitizeForTerminal(what.eventId, 40)]),
    cause,
    sanitizeForTerminal(issues.map(formatIssue).join(' '), 160),
  ]);
  return table(['time (UTC)', 'connection', 'offset', 'event', 'id', 'cause', 'why'], rows);
}
