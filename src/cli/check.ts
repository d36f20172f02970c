import { Command } from 'commander';
import { checkGateway } from '../preflight.ts';
import { checkPage, marks } from './check-page.ts';
import { configOption, loadConfig, version } from './context.ts';
import { plain, print } from './output.ts';

export function check(): Command {
  return new Command('check')
    .description(
      'Validate the config, try ports, disk, clock and store, and probe each credential without sending an event. With --page: see instead why few events of browsers are sent.',
    )
    .option(...configOption)
    .option('--page <url>', "look at this page's text and at what browsers said of consent, and at nothing else")
    .action(async (options: { config: string; page?: string }) => {
      const config = loadConfig(options.config);
      let problems = 0;
      if (options.page !== undefined) problems = await checkPage(config, options.page);
      else {
        print(`${marks.ok} config: ${config.sites.length === 1 ? 'one site' : `${config.sites.length} sites`}`);
        for await (const { level, subject, says } of checkGateway(config, version)) {
          print(`${marks[level]} ${subject}: ${plain(says, 600)}`);
          if (level === 'problem') problems += 1;
        }
      }
      if (problems > 0) process.exitCode = 1;
    });
}
