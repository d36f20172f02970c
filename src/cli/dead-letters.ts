import { Command } from 'commander';
import type { DeadLetterView } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { connectionHelp, selectConnection } from './connections.ts';
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
      .action(async (name: string, { config, offset: offsets, all }: { config: string; offset?: string[]; all?: true }) => {
        if ((offsets === undefined) === (all === undefined))
          throw new ConveyError('No failed event is selected', 'Use --offset for each failed event, or --all');
        const ask = connectToGateway(loadConfig(config));
        const connection = await selectConnection(ask, name);
        const path = `POST /api/sites/:site/connections/:connection/dead-letters/${action}` as const;
        print(sanitizeForTerminal((await ask(path, connection, offsets ? { offsets } : { all: true })).says, 600));
      });
  return new Command('dead-letters')
    .description('List, retry or drop failed events. These are events that could not be delivered.')
    .addCommand(list)
    .addCommand(act('retry', 'Send failed events again. Uses the current settings, and skips events that are too old.'))
    .addCommand(act('drop', 'Remove failed events. They are not sent.'));
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
