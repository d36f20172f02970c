import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { ConveyError } from '../errors.ts';
import { restore as putBack } from '../storage/backup/restore-backup.ts';
import { callerDir, configOption, loadConfig } from './cli-context.ts';
import { showProgress } from './show-progress.ts';
import { print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

export function restore(): Command {
  return new Command('restore')
    .description('Put a backup into a data folder in which nothing is kept.')
    .argument('<file>', 'what `convey backup` wrote')
    .option(...configOption)
    .action(async (name: string, options: { config: string }) => {
      const config = loadConfig(options.config);
      const file = resolve(callerDir, name);
      if (!existsSync(file)) throw new ConveyError(`There is no file ${file}`, 'Name what `convey backup` wrote');
      const { madeAt, version, accounts, keys } = await putBack(file, config.dataDir, showProgress('Putting the backup back'));
      print(`${config.dataDir} is as it was at ${madeAt}, by Convey ${version}. Start it with \`convey start\`.`);
      print('What was delivered since then is sent again, with the same ids.');
      if (accounts.length > 0) {
        print(
          '\nAll sessions have ended, and the passwords are those of the backup. Look through its accounts, and remove those that',
        );
        print('were removed since, with `convey accounts remove NAME` once Convey runs:');
        print(
          table(
            ['account', 'role', 'since (UTC)'],
            accounts.map(({ name, role, createdAt }) => [sanitizeForTerminal(name), role, time(createdAt)]),
          ),
        );
      }
      if (keys.length > 0) {
        print(
          '\nThese keys of sites of the dashboard are accepted again. Remove those that were removed since, in the settings of the site:',
        );
        print(
          table(
            ['site', 'kind', 'id', 'since (UTC)'],
            keys.map(({ site, kind, id, at }) => [sanitizeForTerminal(site), kind, sanitizeForTerminal(id), time(at)]),
          ),
        );
      }
      if (!existsSync(config.secretsKeyFile) && config.secretsKeys.present === undefined)
        print(
          `The key for secrets is not in a backup. If secrets were entered in the dashboard, put the key to ${config.secretsKeyFile} first.`,
        );
    });
}
