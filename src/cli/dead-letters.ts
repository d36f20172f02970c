import { Command } from 'commander';
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
      const rows = letters.map(({ at, connection, eventName, eventId, cause, issues }) => [
        time(at),
        connection,
        plain(eventName, 30),
        plain(eventId, 40),
        cause,
        plain(issues.map(({ field, message }) => `${field}: ${message}`).join(' '), 160),
      ]);
      print(table(['time (UTC)', 'connection', 'event', 'id', 'cause', 'why'], rows));
    });
  return new Command('dead-letters').description('Events that could not be sent, with the reasons.').addCommand(list);
}
