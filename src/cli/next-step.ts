import { existsSync } from 'node:fs';
import { styleText } from 'node:util';
import { Command } from 'commander';
import type { ApiClient, ConnectionView } from '../api/client.ts';
import type { Config } from '../config/config.ts';
import { formatCount } from '../event/format-numbers.ts';
import { configOption, connectToGateway, hasConfigFile, isGatewayRunning, loadConfig, version } from './cli-context.ts';
import { print } from './terminal.ts';
import { sanitizeForTerminal } from './terminal-output.ts';

/** How far the set-up of Convey has come. */
export type SetupState =
  | { readonly stage: 'nothing' }
  | { readonly stage: 'stopped'; readonly hasFile: boolean; readonly sites: number }
  | { readonly stage: 'no-account'; readonly dashboard: string }
  | { readonly stage: 'no-site'; readonly dashboard: string }
  | { readonly stage: 'no-connection'; readonly dashboard: string; readonly site: string }
  | { readonly stage: 'no-event'; readonly dashboard: string; readonly site: string }
  | { readonly stage: 'not-writable'; readonly problem: string }
  | {
      readonly stage: 'running';
      readonly dashboard: string;
      readonly sites: number;
      readonly connections: number;
      /** The connections that are neither healthy nor disabled. */
      readonly unhealthy: readonly Pick<ConnectionView, 'site' | 'id' | 'health'>[];
      /** The purchases among the dead letters, by site. Sites without any are left out. */
      readonly deadPurchases: readonly { readonly site: string; readonly purchases: number }[];
    };

/** The command without a name: describes what to do next. */
export function nextStep(): Command {
  return new Command('convey').option(...configOption).action(async ({ config: file }: { config: string }) => {
    const config = loadConfig(file);
    print(describeNextStep(await readState(config, hasConfigFile(file)), formatOption(file)));
  });
}

/** Returns the option that other commands need, too. */
function formatOption(file: string): string {
  return file === configOption[2] ? '' : ` --config ${sanitizeForTerminal(file)}`;
}

/** Reads the state of the gateway on the config's data folder. */
export async function readState(config: Config, hasFile: boolean): Promise<SetupState> {
  if (!(await isGatewayRunning(config))) {
    const isNew = !hasFile && !existsSync(config.dataDir);
    return isNew ? { stage: 'nothing' } : { stage: 'stopped', hasFile, sites: config.sites.length };
  }
  return readRunningState(connectToGateway(config));
}

const printedAddress = 'the address that `convey start` printed';

async function readRunningState(ask: ApiClient): Promise<SetupState> {
  const { sites, log, dashboardUrl: dashboard = printedAddress } = await ask('GET /api/status');
  if (!log.writable) return { stage: 'not-writable', problem: log.problem ?? '' };
  const [first] = sites;
  if (!first) {
    const accounts = await ask('GET /api/accounts');
    return { stage: accounts.length === 0 ? 'no-account' : 'no-site', dashboard };
  }
  const connections = await ask('GET /api/connections');
  if (connections.length === 0) return { stage: 'no-connection', dashboard, site: first.id };
  if (log.records === 0) return { stage: 'no-event', dashboard, site: connections[0]?.site ?? first.id };
  const unhealthy = connections.filter(({ health }) => health !== 'healthy' && health !== 'disabled');
  const deadPurchases = [...Map.groupBy(connections, ({ site }) => site)]
    .map(([site, own]) => ({ site, purchases: own.reduce((sum, one) => sum + one.deadPurchases, 0) }))
    .filter(({ purchases }) => purchases > 0);
  return { stage: 'running', dashboard, sites: sites.length, connections: connections.length, unhealthy, deadPurchases };
}

/** Describes the state, and the commands that come next. */
export function describeNextStep(state: SetupState, option = ''): string {
  const { headline, steps } = getNextSteps(state, option);
  const width = Math.max(...steps.map(([what]) => what.length));
  return [
    styleText('bold', headline),
    '',
    ...steps.map(([what, how]) => `  ${what.padEnd(width)}  ${how}`),
    '',
    'All commands: convey --help',
  ].join('\n');
}

interface NextSteps {
  readonly headline: string;
  /** The step, and the command or the place where it is done. */
  readonly steps: readonly (readonly [string, string])[];
}

function getNextSteps(state: SetupState, option: string): NextSteps {
  const { stage } = state;
  if (stage === 'nothing')
    return {
      headline: `Convey ${version} is not set up in this folder yet.`,
      steps: [
        ['Try it with simulated data', 'convey demo'],
        ['Set up a shop', 'convey start, then open the dashboard at the address that it prints'],
      ],
    };
  if (stage === 'stopped' && !state.hasFile)
    return {
      headline: 'Convey is not running. There is no config file, and none is needed.',
      steps: [
        ['Set up a shop', 'convey start, then open the dashboard at the address that it prints'],
        ['Try it with simulated data', 'convey demo'],
      ],
    };
  if (stage === 'stopped')
    return {
      headline:
        state.sites > 0
          ? `Convey is not running. The config file has ${formatCount(state.sites, 'site')}.`
          : 'Convey is not running.',
      steps: [
        ['Check the config and the credentials', `convey check${option}`],
        ['Start it', `convey start${option}`],
      ],
    };
  if (stage === 'not-writable')
    return {
      headline: `Convey is running, but does not accept events: ${sanitizeForTerminal(state.problem, 400)}`,
      steps: [['Check the data folder', `convey check${option}`]],
    };
  if (stage === 'no-account')
    return {
      headline: 'Convey is running. There is no account and no site yet.',
      steps: [
        ['Create the first account', `convey accounts add NAME --role owner${option}`],
        ['Sign in and add a site', state.dashboard],
      ],
    };
  if (stage === 'no-site')
    return { headline: 'Convey is running. There is no site yet.', steps: [['Sign in and add a site', state.dashboard]] };
  const site = 'site' in state ? sanitizeForTerminal(state.site) : '';
  if (stage === 'no-connection')
    return {
      headline: `Convey is running. No site has a connection yet, so no event is sent.`,
      steps: [['Add a connection', `${state.dashboard}/sites/${site}/destinations/new`]],
    };
  if (stage === 'no-event')
    return {
      headline: 'Convey is running. No event has arrived yet.',
      steps: [
        ['Send a test event', `convey send-test --site ${site}${option}`],
        ['Add the pixel to the shop', `${state.dashboard}/sites/${site}`],
      ],
    };
  const { dashboard, sites, connections, unhealthy, deadPurchases } = state;
  const dead = deadPurchases.reduce((sum, { purchases }) => sum + purchases, 0);
  const isAll = dead === 0 ? '' : `, but ${formatCount(dead, 'purchase')} could not be delivered`;
  const what = `${formatCount(sites, 'site')} and ${formatCount(connections, 'connection')}`;
  const names = unhealthy.map(({ site: of, id, health }) => `${sanitizeForTerminal(`${of}/${id}`)} (${health})`).join(', ');
  const problems: NextSteps['steps'] = [['See the reason and the fix', `convey connections list${option}`]];
  return {
    headline:
      unhealthy.length === 0
        ? `Convey is running with ${what}. All connections are healthy${isAll}.`
        : `Convey is running with ${what}. Not healthy: ${names}${isAll}.`,
    steps: [
      ...(unhealthy.length === 0 ? [] : problems),
      ...deadPurchases.map(
        ({ site: of }) =>
          ['See the reasons of failed events', `convey dead-letters list --site ${sanitizeForTerminal(of)}${option}`] as const,
      ),
      ['Open the dashboard', dashboard],
      ['Follow events as they arrive', `convey events --follow${option}`],
      ["Compare the shop's orders", `convey accuracy${option}`],
    ],
  };
}
