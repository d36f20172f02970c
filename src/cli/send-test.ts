import { Command } from 'commander';
import type { TimelineView } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { timeline } from './events.ts';
import { fail, print } from './terminal.ts';
import { sanitizeForTerminal } from './terminal-output.ts';

const patienceMs = 30_000;
const lookEveryMs = 200;

export function sendTest(): Command {
  return new Command('send-test')
    .description('Send one synthetic `convey_test` event without value through everything, and print its timeline.')
    .requiredOption('-s, --site <id>', 'the site')
    .option('--connection <id>', 'show only this connection')
    .option('--live', 'also where a real platform receives it')
    .option(...configOption)
    .action(async (options: { config: string; site: string; connection?: string; live?: true }) => {
      const { site, connection } = options;
      const ask = connectToGateway(loadConfig(options.config));
      const { eventId } = await ask('POST /api/sites/:site/send-test', { site, ...(options.live && { live: '1' }) });
      const story = await settled(() => ask('GET /api/sites/:site/timelines', { site, id: eventId }), connection);
      if (connection !== undefined && story.connections.length === 0) {
        throw new ConveyError(
          `The site ${sanitizeForTerminal(site)} has no connection ${sanitizeForTerminal(connection)}`,
          'See `convey connections list`',
        );
      }
      print(timeline(story));
      if (story.connections.some(({ outcome }) => outcome !== 'delivered')) fail();
    });
}

/** Looks until every connection is done with the event, or patience ends. */
async function settled(read: () => Promise<readonly TimelineView[]>, connection: string | undefined): Promise<TimelineView> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const [story] = await read();
    if (story) {
      const connections = story.connections.filter((one) => connection === undefined || one.connection === connection);
      const done = connections.every(({ outcome }) => outcome !== 'undelivered' && outcome !== 'waiting');
      if (done || Date.now() > until) return { ...story, connections };
    } else if (Date.now() > until)
      throw new ConveyError('The event was accepted and did not reach the debugger', 'Look at the log of the gateway');
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
