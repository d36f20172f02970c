import { Command } from 'commander';
import { startGateway } from '../gateway/start-gateway.ts';
import { createLogger } from '../logger.ts';
import { configOption, hasConfigFile, loadConfig, version } from './cli-context.ts';
import { createPlainLogStream } from './plain-log.ts';
import { currentTerminal, print } from './terminal.ts';

/** The time for a load balancer to notice that this node is no longer ready. */
const drainMs = 5_000;

export function start(): Command {
  return new Command('start')
    .description('Run the gateway. Stop it with Ctrl-C or SIGTERM.')
    .option(...configOption)
    .option('--json', 'write the log as JSON lines to a terminal too; otherwise it shows warnings and errors as text')
    .action(async (options: { readonly config: string; readonly json?: true }) => {
      const config = loadConfig(options.config);
      const { stderr } = currentTerminal();
      const isPlain = stderr.isTTY === true && !options.json;
      const logger = createLogger(config.logLevel, isPlain ? createPlainLogStream(stderr) : stderr);
      const gateway = await startGateway(config, { version, logger });
      print(`Convey ${version} accepts events at ${gateway.url}/v1/events`);
      if (!hasConfigFile(options.config)) print(`No config file. All data is stored in ${config.dataDir}`);
      print(gateway.siteCount === 0 ? noSite : `The pixel is at ${gateway.pixelUrl}`);
      print(`The dashboard is at ${gateway.dashboard.url}${formatSetupUrl(gateway.dashboard.setupUrl)}`);
      await runUntilSignal(async (signal) => {
        if (signal === 'SIGINT') print('Stopping once requests in flight end. Press Ctrl-C again to stop immediately.');
        await gateway.stop(signal === 'SIGTERM' ? drainMs : 0);
      });
    });
}

const noSite = 'There is no site yet. Create one in the dashboard, or add one to the config file.';

function formatSetupUrl(setupUrl: string | undefined): string {
  return setupUrl === undefined ? '' : `\nNo account exists yet. Create the first before the next start: ${setupUrl}`;
}

/** Waits for SIGTERM or SIGINT, then runs `stop` and ends the process. A second signal ends the process immediately. */
export async function runUntilSignal(stop: (signal: NodeJS.Signals) => Promise<void>): Promise<void> {
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => process.exit(1));
  await stop(signal);
  process.exit(0);
}
