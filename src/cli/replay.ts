import { Command } from 'commander';
import { ConveyError } from '../errors.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { connectionHelp, describeReplay, selectConnection } from './connections.ts';
import { parseTimeOption } from './event-filters.ts';
import { print } from './terminal.ts';
import { sanitizeForTerminal } from './terminal-output.ts';

interface Options {
  readonly config: string;
  readonly connection: string;
  readonly from?: number;
  readonly to?: number;
  readonly event?: string;
  readonly again?: true;
  readonly stop?: true;
}

/** Starts or stops a replay, or shows its progress. */
export function replay(): Command {
  return new Command('replay')
    .description(
      'Send stored events again. Select a period with --from and --to, or one event with --event. Without them, the command shows the progress of the replay.',
    )
    .requiredOption('--connection <site/id>', connectionHelp)
    .option(
      '--from <time>',
      'events received at or after this time: 2026-11-24T10:00:00Z, or an age such as 90s, 15m, 2h, 7d',
      parseTimeOption,
    )
    .option('--to <time>', 'events received before this time, in the format of --from', parseTimeOption)
    .option('--event <id>', 'only this event')
    .option('--again', 'also events that were already delivered')
    .option('--stop', 'stop the running replay')
    .option(...configOption)
    .action(async (options: Options) => {
      const { from: since, to: until, event: eventId, again, stop } = options;
      const isPeriod = since !== undefined || until !== undefined;
      if ([isPeriod, eventId !== undefined, stop === true].filter(Boolean).length > 1)
        throw new ConveyError('These options cannot be combined', 'Use --from and --to, or --event, or --stop');
      if (isPeriod && (since === undefined || until === undefined))
        throw new ConveyError('The period is incomplete', 'Use --from and --to');
      const ask = connectToGateway(loadConfig(options.config));
      const connection = await selectConnection(ask, options.connection);
      const path = '/api/sites/:site/connections/:connection/replay';
      if (stop) return print((await ask(`DELETE ${path}`, connection)).says);
      if (!isPeriod && eventId === undefined) {
        const found = (await ask('GET /api/connections')).find(
          ({ site, id }) => site === connection.site && id === connection.connection,
        );
        if (!found) throw new ConveyError('There is no such connection', 'See `convey connections list` for the names');
        return print(found.replay ? describeReplay(found.replay) : 'No replay has run for this connection.');
      }
      const what = eventId === undefined ? { since, until } : { eventId };
      const { says } = await ask(`POST ${path}`, connection, { ...what, ...(again && { again }) });
      print(sanitizeForTerminal(says, 600));
    });
}
