import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { formatRoles } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { type RestoreResult, restoreBackup } from '../storage/backup/restore-backup.ts';
import { callerDir, configOption, loadConfig } from './cli-context.ts';
import { showProgress } from './show-progress.ts';
import { print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

export function restore(): Command {
  return new Command('restore')
    .description('Restore a backup to an empty data folder.')
    .argument('<file>', 'the file from `convey backup`')
    .option(...configOption)
    .action(async (name: string, options: { config: string }) => {
      const config = loadConfig(options.config);
      if (config.store !== undefined) {
        throw new ConveyError(
          'Convey does not restore PostgreSQL, which `store` names',
          'Restore the database with the tool that made its backup. To restore a folder, remove `store`',
        );
      }
      const file = resolve(callerDir, name);
      if (!existsSync(file)) throw new ConveyError(`There is no file ${file}`, 'Use a file from `convey backup`');
      const { madeAt, version, accounts, keys, grants } = await restoreBackup(
        file,
        config.dataDir,
        showProgress('Restoring the backup'),
      );
      print(`Restored ${config.dataDir} to its state of ${madeAt}, from Convey ${version}. Start it with \`convey start\`.`);
      print('Events that were delivered since then are sent again, with the same ids.');
      if (accounts.length > 0) {
        print(
          '\nAll sessions have ended, and the passwords are those of the backup. Check these accounts. Once Convey runs, remove those',
        );
        print('that you removed since the backup, with `convey accounts remove NAME`:');
        print(
          table(
            ['account', 'role', 'since (UTC)'],
            accounts.map((account) => [sanitizeForTerminal(account.name), formatRoles(account), time(account.createdAt)]),
          ),
        );
      }
      if (keys.length > 0) {
        print(
          '\nThese keys of dashboard sites are valid again. In the settings of each site, remove those that you removed since the backup:',
        );
        print(
          table(
            ['site', 'kind', 'id', 'since (UTC)'],
            keys.map(({ site, kind, id, at }) => [sanitizeForTerminal(site), kind, sanitizeForTerminal(id), time(at)]),
          ),
        );
      }
      if (grants.length > 0) print(describeGrants(grants));
      if (!existsSync(config.secretsKeyFile) && config.secretsKeys.present === undefined)
        print(
          `A backup does not contain the key that encrypts secrets. If the dashboard has secrets, copy the key to ${config.secretsKeyFile} first.`,
        );
    });
}

/** Describes the access to accounts of platforms, which has the tokens of the backup. */
export function describeGrants(grants: RestoreResult['grants']): string {
  const rows = grants.map(({ site, connection, platform, userName, createdAt, isEnded }) => [
    ...[site, connection, platform, userName].map((text) => sanitizeForTerminal(text)),
    time(createdAt),
    isEnded ? 'ended: connect again' : 'as of the backup',
  ]);
  return [
    '\nThese connections have access to an account of a platform, with the tokens of the backup. If the platform has replaced them since, the',
    'account must be connected again: Convey tries each after the start, and an issue names those that have ended. Disconnect accounts that',
    'you disconnected since the backup:',
    table(['site', 'connection', 'platform', 'signed in', 'since (UTC)', 'access'], rows),
  ].join('\n');
}
