import { Command } from 'commander';
import { ConveyError } from '../errors.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { namedConnection, replayLine } from './connections.ts';
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

/** Begins a replay, ends one, or says how far it is. */
export function replay(): Command {
  return new Command('replay')
    .description('Send a period of the log, or one event, again; without either, say how far a replay is.')
    .requiredOption('--connection <site/id>', 'which one, such as shop/bing')
    .option(
      '--from <time>',
      'what was received then or later: 2026-11-24T10:00:00Z, or so long ago: 90s, 15m, 2h, 7d',
      parseTimeOption,
    )
    .option('--to <time>', 'what was received before then, as of --from', parseTimeOption)
    .option('--event <id>', 'this event alone')
    .option('--again', 'also what was delivered already')
    .option('--stop', 'end the replay that runs, where it is')
    .option(...configOption)
    .action(async (options: Options) => {
      const { from: since, to: until, event: eventId, again, stop } = options;
      const asked = namedConnection(options.connection);
      const ask = connectToGateway(loadConfig(options.config));
      const isPeriod = since !== undefined || until !== undefined;
      if ([isPeriod, eventId !== undefined, stop === true].filter(Boolean).length > 1)
        throw new ConveyError('These options do not go together', 'Give --from and --to, or --event, or --stop');
      if (isPeriod && (since === undefined || until === undefined))
        throw new ConveyError('Half of a period is missing', 'Give --from and --to');
      const address = '/api/sites/:site/connections/:connection/replay';
      if (stop) return print((await ask(`DELETE ${address}`, asked)).says);
      if (!isPeriod && eventId === undefined) {
        const found = (await ask('GET /api/connections')).find(({ site, id }) => site === asked.site && id === asked.connection);
        if (!found) throw new ConveyError('There is no such connection', 'See `convey connections list`');
        return print(found.replay ? replayLine(found.replay) : 'No replay ran on this connection.');
      }
      const what = eventId === undefined ? { since, until } : { eventId };
      const { says } = await ask(`POST ${address}`, asked, { ...what, ...(again && { again }) });
      print(sanitizeForTerminal(says, 600));
    });
}
