import { Command } from 'commander';
import type { DeadLetterView } from '../api/client.ts';
import { configOption, loadConfig, runningGateway } from './context.ts';
import { plain, print, table, time } from './output.ts';

export function deadLetters(): Command {
  const list = new Command('list')
    .description('The newest dead letters of a site, with the reason of each.')
    .requiredOption('-s, --site <id>', 'the site')
    .option(...configOption)
    .option('--json', 'print JSON')
    .action(async (options: { config: string; site: string; json?: true }) => {
      const letters = await runningGateway(loadConfig(options.config)).deadLetters(options.site);
      if (options.json) return print(JSON.stringify(letters, null, 2));
      if (letters.length === 0) return print('No dead letters.');
      print(rowsOf(letters));
    });
  return new Command('dead-letters').description('Events that could not be sent, with the reasons.').addCommand(list);
}

/** One row for each event, and one for each stretch of the log that went by age. */
export function rowsOf(letters: readonly DeadLetterView[]): string {
  const rows = letters.map(({ at, connection, cause, issues, ...what }) => [
    time(at),
    connection,
    ...('range' in what ? [`${what.range.events} events`, '–'] : [plain(what.eventName, 30), plain(what.eventId, 40)]),
    cause,
    plain(issues.map(({ field, message }) => `${field}: ${message}`).join(' '), 160),
  ]);
  return table(['time (UTC)', 'connection', 'event', 'id', 'cause', 'why'], rows);
}
