import { Command } from 'commander';
import type { TimelineView } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { withConnection } from './connections.ts';
import { timeline } from './event.ts';
import { selectSite, siteOption } from './site-option.ts';
import { fail, print } from './terminal.ts';
import { sanitizeForTerminal } from './terminal-output.ts';

const timeoutMs = 30_000;
const pollEveryMs = 200;

export function sendTest(): Command {
  return new Command('send-test')
    .description('Send a test event and show its outcome on each connection. The event is named `convey_test` and has no value.')
    .option(...siteOption)
    .option('--connection <id>', 'show only this connection')
    .option('--live', 'send it also to a real platform, which may count it')
    .option(...configOption)
    .action(async (input: { config: string; site?: string; connection?: string; live?: true }) => {
      const options = withConnection(input);
      const { connection } = options;
      const ask = connectToGateway(loadConfig(options.config));
      const site = await selectSite(ask, options);
      const { eventId } = await ask('POST /api/sites/:site/send-test', { site, ...(options.live && { live: '1' }) });
      const details = await waitForOutcomes(() => ask('GET /api/sites/:site/timelines', { site, id: eventId }), connection);
      if (connection !== undefined && details.connections.length === 0) {
        throw new ConveyError(
          `The site ${sanitizeForTerminal(site)} has no connection ${sanitizeForTerminal(connection)}`,
          'See `convey connections list` for the names',
        );
      }
      print(timeline(details));
      if (!details.connections.every(({ outcome }) => successes.has(outcome))) fail();
    });
}

/** A platform that takes no test events, or none in the mode of the connection, skips the event as `unsupported-event`. */
const successes: ReadonlySet<string> = new Set(['delivered', 'awaiting-verdict', 'unsupported-event']);

/** Polls until every connection has an outcome for the event, or the timeout ends. */
async function waitForOutcomes(
  read: () => Promise<readonly TimelineView[]>,
  connection: string | undefined,
): Promise<TimelineView> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const [details] = await read();
    if (details) {
      const connections = details.connections.filter((one) => connection === undefined || one.connection === connection);
      const done = connections.every(({ outcome }) => outcome !== 'undelivered' && outcome !== 'waiting');
      if (done || Date.now() > until) return { ...details, connections };
    } else if (Date.now() > until)
      throw new ConveyError('The event was accepted but is not in the event log', "Check the gateway's log");
    await new Promise((resolve) => setTimeout(resolve, pollEveryMs));
  }
}
