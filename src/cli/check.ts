import { Command } from 'commander';
import { ConveyError } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';
import { runPreflight } from '../gateway/preflight.ts';
import { checkLive } from './check-live.ts';
import { checkPage, marks } from './check-page.ts';
import { configOption, connectToGateway, loadConfig, version } from './cli-context.ts';
import { fail, print } from './terminal.ts';
import { sanitizeForTerminal } from './terminal-output.ts';

export function check(): Command {
  return new Command('check')
    .description(
      'Validate the config, try ports, disk, clock and store, and probe each credential without sending an event. With --page: see instead why few events of browsers are sent. With --live: see instead what is wrong with the way from a shop page to the gateway.',
    )
    .option(...configOption)
    .option('--page <url>', "look at this page's text and at what browsers said of consent, and at nothing else")
    .option('--live <url>', 'open this page in Chromium, and look at the collector as shoppers reach it')
    .option('--consent <choice>', 'with --live: what the page is told that the shopper chose, `granted` or `denied`')
    .option('--browser <path>', 'with --live: the Chromium or Chrome to use; else CHROME_PATH, else that of @sparticuz/chromium')
    .action(
      async ({ live, ...options }: { config: string; page?: string; live?: string; consent?: string; browser?: string }) => {
        if (live !== undefined && options.page !== undefined)
          throw new ConveyError('--page and --live look at different things', 'Give one of the two');
        if (live === undefined && (options.consent !== undefined || options.browser !== undefined))
          throw new ConveyError('--consent and --browser belong to --live', 'Give the page with --live URL, or leave them out');
        const config = loadConfig(options.config);
        let problems = 0;
        if (live !== undefined) problems = await checkLive(config, { ...options, live });
        else if (options.page !== undefined) problems = await checkPage(config, options.page);
        else {
          print(`${marks.ok} config: ${formatCount(config.sites.length, 'site')}`);
          const budgetsOfRunning = async () =>
            (await connectToGateway(config)('GET /api/status', {})).sites.map(({ id: site, browserBudget: budget }) => ({
              site,
              budget,
            }));
          for await (const { level, subject, says } of runPreflight(config, version, budgetsOfRunning)) {
            print(`${marks[level]} ${subject}: ${sanitizeForTerminal(says, 600)}`);
            if (level === 'problem') problems += 1;
          }
        }
        if (problems > 0) fail();
      },
    );
}
