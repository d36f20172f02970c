import { Command } from 'commander';
import { ApiError, type LatePurchasesView } from '../api/client.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { withConnection } from './connections.ts';
import { jsonOption, printJson } from './json-option.ts';
import { selectSites } from './site-option.ts';
import { print } from './terminal.ts';
import { columns, sanitizeForTerminal, table, time, wrapText } from './terminal-output.ts';

interface LateOptions {
  readonly config: string;
  readonly site?: string;
  readonly connection?: string;
  readonly json?: true;
}

export function latePurchases(): Command {
  return new Command('late')
    .description('Show the uploads of late purchases to the connected accounts, and why some were attributed to no click.')
    .option('-s, --site <id>', 'only this site')
    .option('--connection <id>', 'only this connection, such as bing or shop/bing')
    .option(...configOption)
    .option(...jsonOption)
    .action(async (input: LateOptions) => {
      const options = withConnection(input);
      const ask = connectToGateway(loadConfig(options.config));
      const shown: LateReport[] = [];
      for (const site of await selectSites(ask, options)) {
        const { connections } = await ask('GET /api/sites/:site', { site });
        const chosen = connections.filter(
          (one) => one.destination === 'microsoft' && (options.connection === undefined || one.id === options.connection),
        );
        for (const { id: connection } of chosen) {
          const view = await ask('GET /api/sites/:site/connections/:connection/late-purchases', { site, connection }).catch(
            (error: unknown) => {
              if (error instanceof ApiError && error.code === 'not-connected') return undefined;
              throw error;
            },
          );
          if (view) shown.push({ site, connection, ...view });
        }
      }
      if (options.json) printJson(shown);
      else print(shown.map(describeLateReport).join('\n\n') || noAccount);
    });
}

interface LateReport extends LatePurchasesView {
  readonly site: string;
  readonly connection: string;
}

const noAccount =
  'No connection to Microsoft has a connected account. Connect one in the settings of the connection in the dashboard.';

/** Formats the late purchases of one connection: their state, then the platform's sums by reason. */
export function describeLateReport({ site, connection, message, report, readAt, failure }: LateReport): string {
  const wrap = (text: string) => wrapText(sanitizeForTerminal(text, 600), columns);
  const sums = report && [
    `Read ${readAt === undefined ? '' : `${time(readAt).slice(0, 16)} UTC`}: in four weeks ${report.attributed} attributed to a click, ${report.unattributed} to none.`,
    'The platform gives sums, and no result of a single purchase.',
  ];
  return [
    `${site}/${connection}`,
    ...wrap(message),
    ...(failure ? wrap(`The last report had no result: ${failure.message} (${failure.code})`) : []),
    ...(sums ?? []),
    ...(report && report.reasons.length > 0
      ? [
          table(
            ['reason', 'uploads'],
            report.reasons.map(({ reason, purchases }) => [sanitizeForTerminal(reason, 60), String(purchases)]),
          ),
        ]
      : []),
    ...(report?.reasons ?? []).flatMap(({ reason, message: text }) => wrap(`- ${reason}: ${text}`)),
  ].join('\n');
}
