import { Command } from 'commander';
import type { DeadLetterView } from '../api/client.ts';
import { configOption, loadConfig, runningGateway } from './context.ts';
import { plain, print, table, time } from './output.ts';

/** The most that the API lists at once. */
const most = 1_000;

export function deadLetters(): Command {
  const list = new Command('list')
    .description('The newest dead letters of a site, with the reason of each.')
    .requiredOption('-s, --site <id>', 'the site')
    .option(...configOption)
    .option('--json', 'print JSON')
    .action(async (options: { config: string; site: string; json?: true }) => {
      const ask = runningGateway(loadConfig(options.config));
      const page = await ask('GET /api/sites/:site/dead-letters', { site: options.site, limit: most });
      if (options.json) return print(JSON.stringify(page.deadLetters, null, 2));
      if (page.deadLetters.length === 0) return print('No dead letters.');
      print(rowsOf(page.deadLetters));
      if (page.next !== undefined) print(`\nThese are the newest ${most}. There are older ones.`);
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
