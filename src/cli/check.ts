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
    .description('Check the config, ports, disk, clock, store and credentials. Sends no event.')
    .option(...configOption)
    .option('--page <url>', "explain why few browser events are sent: check this page's HTML and the events' consent")
    .option('--live <url>', 'open this page in Chromium, and test the path from it to the gateway')
    .option('--consent <choice>', 'with --live: the choice that the page gets from the shopper, `granted` or `denied`')
    .option('--browser <path>', 'with --live: the Chromium or Chrome to use (default: CHROME_PATH, then @sparticuz/chromium)')
    .action(
      async ({ live, ...options }: { config: string; page?: string; live?: string; consent?: string; browser?: string }) => {
        if (live !== undefined && options.page !== undefined)
          throw new ConveyError('--page and --live cannot be combined', 'Use one of them');
        if (live === undefined && (options.consent !== undefined || options.browser !== undefined))
          throw new ConveyError('--consent and --browser need --live', 'Add --live URL, or omit them');
        const config = loadConfig(options.config);
        let problems = 0;
        if (live !== undefined) problems = await checkLive(config, { ...options, live });
        else if (options.page !== undefined) problems = await checkPage(config, options.page);
        else {
          print(`${marks.ok} config: ${formatCount(config.sites.length, 'site')} in the file`);
          const askRunning = async () => {
            const { log, sites } = await connectToGateway(config)('GET /api/status', {});
            return {
              log,
              budgets: sites.map(({ id: site, browserBudget: budget }) => ({ site, budget })),
              sites: sites.map(({ id }) => id),
            };
          };
          for await (const { level, subject, says } of runPreflight(config, version, askRunning)) {
            print(`${marks[level]} ${subject}: ${sanitizeForTerminal(says, 600)}`);
            if (level === 'problem') problems += 1;
          }
        }
        if (problems > 0) fail();
      },
    );
}
