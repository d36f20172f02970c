import { Command } from 'commander';
import { ApiError, type ConnectionGoalsView } from '../api/client.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { withConnection } from './connections.ts';
import { jsonOption, printJson } from './json-option.ts';
import { latePurchases } from './late-purchases.ts';
import { paidClicks } from './paid-clicks.ts';
import { selectSites } from './site-option.ts';
import { print } from './terminal.ts';
import { columns, sanitizeForTerminal, table, time, wrapText } from './terminal-output.ts';

interface GoalOptions {
  readonly config: string;
  readonly site?: string;
  readonly connection?: string;
  readonly check?: true;
  readonly json?: true;
}

const destination = 'microsoft';

export function microsoft(): Command {
  const goals = new Command('goals')
    .description('Show which event goals of the connected accounts count the sent events.')
    .option('-s, --site <id>', 'only this site')
    .option('--connection <id>', 'only this connection, such as bing or shop/bing')
    .option('--check', 'ask Microsoft now, instead of showing the last daily check')
    .option(...configOption)
    .option(...jsonOption)
    .action(async (input: GoalOptions) => {
      const options = withConnection(input);
      const ask = connectToGateway(loadConfig(options.config));
      const sites = await selectSites(ask, options);
      const shown: GoalReport[] = [];
      for (const site of sites) {
        const { connections } = await ask('GET /api/sites/:site', { site });
        const chosen = connections.filter(
          (one) => one.destination === destination && (options.connection === undefined || one.id === options.connection),
        );
        for (const { id: connection } of chosen) {
          const view = await readGoals(ask, { site, connection, isFresh: options.check === true });
          if (view) shown.push({ site, connection, ...view });
        }
      }
      if (options.json) printJson(shown);
      else print(shown.map(describe).join('\n\n') || noAccount);
    });
  return new Command('microsoft')
    .description('Show what Microsoft Advertising says about the connected accounts. The gateway must run.')
    .addCommand(goals)
    .addCommand(latePurchases())
    .addCommand(paidClicks(destination));
}

interface GoalReport extends ConnectionGoalsView {
  readonly site: string;
  readonly connection: string;
}

const noAccount =
  'No connection to Microsoft has a connected account. Connect one in the settings of the connection in the dashboard.';

/** Reads the goals of a connection. Returns `undefined` if no account is connected. */
async function readGoals(
  ask: ReturnType<typeof connectToGateway>,
  { site, connection, isFresh }: { readonly site: string; readonly connection: string; readonly isFresh: boolean },
): Promise<ConnectionGoalsView | undefined> {
  try {
    return isFresh
      ? await ask('POST /api/sites/:site/connections/:connection/goals/check', { site, connection })
      : await ask('GET /api/sites/:site/connections/:connection/goals', { site, connection });
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not-connected') return undefined;
    throw error;
  }
}

/** Formats the goals of one connection: a table of events, then the problems with what to do. */
export function describe({ site, connection, checkedAt, failure, events, findings, leftOut, isPartial }: GoalReport): string {
  const head = `${site}/${connection}  ${checkedAt === undefined ? 'not checked yet' : `checked ${time(checkedAt).slice(0, 16)} UTC`}`;
  const rows = events.map(({ event, name, delivered, countedBy, isUncounted }) => [
    sanitizeForTerminal(event, 24),
    sanitizeForTerminal(name, 24),
    String(delivered),
    isUncounted
      ? delivered > 0
        ? 'accepted, not counted'
        : 'no goal'
      : sanitizeForTerminal(countedBy.join(', '), 40) || 'not known',
  ]);
  const problems = [
    ...findings,
    ...events.filter(({ delivered, isUncounted }) => delivered > 0 || !isUncounted).flatMap((one) => one.findings),
  ];
  return [
    head,
    ...(failure
      ? wrapText(sanitizeForTerminal(`The last check had no result: ${failure.message} (${failure.code})`, 600), columns)
      : []),
    ...(rows.length > 0 ? [table(['event', 'name', '7 days', 'counted by'], rows)] : []),
    ...(leftOut > 0 ? [`${leftOut} less frequent names of events left out.`] : []),
    ...(isPartial ? ['Only the newest 200,000 events are counted.'] : []),
    ...problems.flatMap(({ message }) => wrapText(`- ${sanitizeForTerminal(message, 600)}`, columns)),
  ].join('\n');
}
