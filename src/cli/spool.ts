import { Command } from 'commander';
import { ConveyError } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';
import { drainSpool } from '../gateway/spool/drain-spool.ts';
import { useSpoolList } from '../gateway/spool/spool-list.ts';
import { createLogger } from '../logger.ts';
import { configOption, loadConfig } from './cli-context.ts';
import { confirm } from './confirm.ts';
import { createPlainLogStream } from './plain-log.ts';
import { showProgress } from './show-progress.ts';
import { currentTerminal, fail, print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

export function spool(): Command {
  return new Command('spool')
    .description('Forward events that were accepted while the database was away.')
    .addCommand(drain())
    .addCommand(showStatus())
    .addCommand(forget());
}

function drain(): Command {
  return new Command('drain')
    .description('Forward all events in the spool of a stopped gateway to the database. Then its data folder may be removed.')
    .option(...configOption)
    .action(async (options: { config: string }) => {
      const config = loadConfig(options.config);
      const logger = createLogger('warn', createPlainLogStream(currentTerminal().stderr));
      const { forwarded, duplicates, lost } = await drainSpool(config, logger, showProgress('Forwarding the spool'));
      print(
        `The spool is empty. ${formatCount(forwarded, 'record was', 'records were')} forwarded, ${duplicates} were there before.`,
      );
      if (lost === 0) return;
      print(`${formatCount(lost, 'record')} could not be forwarded, because they had expired or were damaged.`);
      fail();
    });
}

function showStatus(): Command {
  return new Command('status')
    .description('List the spools of all gateways on the database, with their last report.')
    .option(...configOption)
    .action(async (options: { config: string }) => {
      const spools = await useSpoolList(loadConfig(options.config), (all) => all.listSpools());
      if (spools.length === 0) return print('No gateway has a spool.');
      const rows = spools.map(({ node, host, isEmpty, seenAt }) => [
        sanitizeForTerminal(node),
        sanitizeForTerminal(host),
        isEmpty ? 'empty' : 'has events',
        time(seenAt),
      ]);
      print(table(['gateway', 'machine', 'spool', 'reported (UTC)'], rows));
    });
}

function forget(): Command {
  return new Command('forget')
    .description('Forget the spool of a gateway whose disk is lost. Erasures no longer wait for it.')
    .argument('<gateway>', 'its id in `convey spool status`')
    .option('-y, --yes', 'do not ask for confirmation')
    .option(...configOption)
    .action(async (gateway: string, options: { config: string; yes?: true }) => {
      const config = loadConfig(options.config);
      // A gateway that only collects signs off its own spool, and no other.
      if (!config.roles.includes('admin'))
        throw new ConveyError(
          'The gateway of this config file has no role `admin`',
          'Call it with the config file of one that has',
        );
      if (!options.yes)
        await confirm('If its disk returns, events of erased people in its spool are delivered.', 'forgotten', 'forget it');
      const isForgotten = await useSpoolList(config, (spools) => spools.removeSpool(gateway));
      if (!isForgotten) throw new ConveyError('No gateway with this id has a spool', 'Take an id of `convey spool status`');
      print('The spool is forgotten.');
    });
}
