import { Command } from 'commander';
import { type ApiResponse, describeChannel } from '../api/client.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { jsonOption, printJson } from './json-option.ts';
import { fail, print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

export function alerts(): Command {
  const list = new Command('list')
    .description('List the open alerts with what to do, and the channels with their state.')
    .option(...configOption)
    .option(...jsonOption)
    .action(async (options: { config: string; json?: true }) => {
      const alerts = await connectToGateway(loadConfig(options.config))('GET /api/alerts');
      if (options.json) printJson(alerts);
      else print(describe(alerts));
    });
  const test = new Command('test')
    .description('Send a test message to a channel.')
    .argument('<channel>', "the channel's id")
    .option(...configOption)
    .action(async (channel: string, options: { config: string }) => {
      const { ok, says } = await connectToGateway(loadConfig(options.config))('POST /api/alerts/channels/:channel/test', {
        channel,
      });
      print(sanitizeForTerminal(says, 600));
      if (!ok) fail();
    });
  return new Command('alerts')
    .description('List the alerts, or test a channel. The gateway must run.')
    .addCommand(list)
    .addCommand(test);
}

function describe({ open, settings }: ApiResponse<'GET /api/alerts'>): string {
  const found = open.map(({ title, sentence, since, isFound, remedy }) =>
    sanitizeForTerminal(
      `${title}, ${isFound ? 'found' : 'since'} ${time(since)} UTC. ${sentence}${remedy === undefined ? '' : ` ${remedy}`}`,
      900,
    ),
  );
  const rows = (settings?.channels ?? []).map((channel) => [
    channel.id,
    channel.type,
    sanitizeForTerminal(describeChannel(channel), 200),
    channel.lastSentAt === undefined ? 'never' : `${time(channel.lastSentAt)} UTC`,
  ]);
  const channels =
    rows.length === 0
      ? 'No channel: alerts are only logged. Add one in the dashboard, or to `alerts` of the config file.'
      : table(['channel', 'type', 'state', 'last message'], rows);
  return [found.length === 0 ? 'No open alerts.' : found.join('\n\n'), channels].join('\n\n');
}
