import { Command } from 'commander';
import type { DeadLetterView } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { namedConnection } from './connections.ts';
import { print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

/** The most that the API lists at once. */
const most = 1_000;

export function deadLetters(): Command {
  const list = new Command('list')
    .description('The newest dead letters of a site, with the reason of each.')
    .requiredOption('-s, --site <id>', 'the site')
    .option(...configOption)
    .option('--json', 'print JSON')
    .action(async (options: { config: string; site: string; json?: true }) => {
      const ask = connectToGateway(loadConfig(options.config));
      const page = await ask('GET /api/sites/:site/dead-letters', { site: options.site, limit: most });
      if (options.json) return print(JSON.stringify(page.deadLetters, null, 2));
      if (page.deadLetters.length === 0) return print('No dead letters.');
      print(rowsOf(page.deadLetters));
      if (page.next !== undefined) print(`\nThese are the newest ${most}. There are older ones.`);
    });
  const act = (action: 'retry' | 'drop', description: string) =>
    new Command(action)
      .description(description)
      .argument('<site/connection>', 'which one, such as shop/bing')
      .option(
        '--offset <offset>',
        'this one, by its offset in `dead-letters list`; may be given again',
        (one, before: string[] = []) => [...before, one],
      )
      .option('--all', 'every one of the connection')
      .option(...configOption)
      .action(async (name: string, { config, offset: offsets, all }: { config: string; offset?: string[]; all?: true }) => {
        const asked = namedConnection(name);
        if ((offsets === undefined) === (all === undefined))
          throw new ConveyError('It is not said which dead letters', 'Give --offset for each, or --all');
        const ask = connectToGateway(loadConfig(config));
        const address = `POST /api/sites/:site/connections/:connection/dead-letters/${action}` as const;
        print(sanitizeForTerminal((await ask(address, asked, offsets ? { offsets } : { all: true })).says, 600));
      });
  return new Command('dead-letters')
    .description('Events that could not be sent, with the reasons: list them, send them again, or take them away.')
    .addCommand(list)
    .addCommand(act('retry', 'Send dead letters again, mapped anew; what is too old stays.'))
    .addCommand(act('drop', 'Take dead letters away; they are not sent.'));
}

/** One row for each event, and one for each stretch of the log that went by age. */
export function rowsOf(letters: readonly DeadLetterView[]): string {
  const rows = letters.map(({ at, connection, cause, issues, ...what }) => [
    time(at),
    connection,
    ...('range' in what
      ? [what.range.through, `${what.range.events} events`, '–']
      : [what.offset, sanitizeForTerminal(what.eventName, 30), sanitizeForTerminal(what.eventId, 40)]),
    cause,
    sanitizeForTerminal(issues.map(({ field, message }) => `${field}: ${message}`).join(' '), 160),
  ]);
  return table(['time (UTC)', 'connection', 'offset', 'event', 'id', 'cause', 'why'], rows);
}
