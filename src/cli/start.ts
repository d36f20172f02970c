import { Command } from 'commander';
import { startGateway } from '../gateway/start-gateway.ts';
import { createLogger } from '../logger.ts';
import { configOption, hasConfigFile, loadConfig, version } from './cli-context.ts';
import { currentTerminal, print } from './terminal.ts';

/** The time that a load balancer gets to see that this node is not ready any more. */
const drainMs = 5_000;

export function start(): Command {
  return new Command('start')
    .description('Run the gateway until it is told to stop.')
    .option(...configOption)
    .action(async (options: { config: string }) => {
      const config = loadConfig(options.config);
      const gateway = await startGateway(config, { version, logger: createLogger(config.logLevel, currentTerminal().stderr) });
      print(`Convey ${version} takes events at ${gateway.url}/v1/events`);
      if (!hasConfigFile(options.config)) print(`Without a config file: everything is kept in ${config.dataDir}`);
      print(gateway.siteCount === 0 ? noSite : `The pixel is at ${gateway.pixelUrl}`);
      print(`The dashboard is at ${gateway.dashboard.url}${inviteTo(gateway.dashboard.setupUrl)}`);
      await stopSignal(async (signal) => {
        if (signal === 'SIGINT') print('Stopping: what is in flight ends first. Press Ctrl-C again to stop at once.');
        await gateway.stop(signal === 'SIGTERM' ? drainMs : 0);
      });
    });
}

const noSite = 'There is no site yet. Make the first in the dashboard, or write one into the config file.';

function inviteTo(setupUrl: string | undefined): string {
  return setupUrl === undefined ? '' : `\nNobody has an account yet. Make the first, before the next start: ${setupUrl}`;
}

/** Waits for SIGTERM or SIGINT, then stops in order; a second signal ends the process at once. */
export async function stopSignal(stop: (signal: NodeJS.Signals) => Promise<void>): Promise<void> {
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => process.exit(1));
  await stop(signal);
  process.exit(0);
}
