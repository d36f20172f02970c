import { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { nodeRoles } from '../event/node-role.ts';
import { type Gateway, startGateway } from '../gateway/start-gateway.ts';
import { createLogger } from '../logger.ts';
import { assertNoEarlierData, configOption, hasConfigFile, loadConfig, version } from './cli-context.ts';
import { runUntilSignal } from './end-on-signal.ts';
import { createPlainLogStream } from './plain-log.ts';
import { createPortOption } from './port-option.ts';
import { currentTerminal, print } from './terminal.ts';

interface StartOptions {
  readonly config: string;
  readonly port?: number;
  readonly dashboardPort?: number;
  readonly json?: true;
}

/**
 * The time for a load balancer to notice that this node is no longer ready, and for idle connections to end: the collector closes one 6 s after
 * its last response, and until then its client may send a request.
 */
const drainMs = 7_000;

export function start(): Command {
  return new Command('start')
    .description('Run the gateway. Stop it with Ctrl-C or SIGTERM.')
    .option(...configOption)
    .addOption(createPortOption('-p, --port <port>', 'the port for events, in place of `collector.port`; 0 for any free port'))
    .addOption(
      createPortOption(
        '--dashboard-port <port>',
        'the port for the dashboard and the metrics, in place of `dashboard.port`; 0 for any free port',
      ),
    )
    .option('--json', 'write the log as JSON lines to a terminal too; otherwise it shows warnings and errors as text')
    .action(async (options: StartOptions) => {
      const config = loadStartConfig(options);
      const { stderr } = currentTerminal();
      const isPlain = stderr.isTTY === true && !options.json;
      const logger = createLogger(config.logLevel, isPlain ? createPlainLogStream(stderr) : stderr);
      const gateway = await startGateway(config, { version, logger });
      // Before the address is printed, because whoever reads it may end the process at once.
      const running = runUntilSignal(async (signal) => {
        if (signal === 'SIGINT') print('Stopping once requests in flight end. Press Ctrl-C again to stop immediately.');
        await gateway.stop(signal === 'SIGTERM' ? drainMs : 0);
      });
      for (const line of describeGateway(gateway, config)) print(line);
      if (!hasConfigFile(options.config)) print(`No config file. All data is stored in ${config.dataDir}`);
      await running;
    });
}

/** Reads the config file, with the ports of the command in place of its own. */
function loadStartConfig({ config: file, port, dashboardPort }: StartOptions): Config {
  const config = loadConfig(file);
  assertNoEarlierData(file, config);
  return {
    ...config,
    collector: { ...config.collector, ...(port !== undefined && { port }) },
    dashboard: { ...config.dashboard, ...(dashboardPort !== undefined && { port: dashboardPort }) },
  };
}

/** Returns the lines about the gateway's ports, as its roles have them. */
function describeGateway({ url, siteCount, pixelUrl, dashboard }: Gateway, { roles }: Config): readonly string[] {
  const collects = roles.includes('collect');
  return [
    collects ? `Convey ${version} accepts events at ${url}/v1/events` : `Convey ${version} runs. Its health is at ${url}/readyz`,
    ...(roles.length < nodeRoles.length ? [`Roles: ${roles.join(', ')}`] : []),
    ...(siteCount === 0 ? [noSite] : collects ? [`The pixel is at ${pixelUrl}`] : []),
    roles.includes('admin')
      ? `The dashboard is at ${dashboard.url}${formatSetupUrl(dashboard.setupUrl)}`
      : `The metrics are at ${dashboard.url}/metrics`,
  ];
}

const noSite = 'There is no site yet. Create one in the dashboard, or add one to the config file.';

function formatSetupUrl(setupUrl: string | undefined): string {
  return setupUrl === undefined
    ? ''
    : `\nNo account exists yet. Create the first one with this link, which is valid until the next start: ${setupUrl}`;
}
