import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { request } from '../api/client.ts';
import { ConveyError, errors } from '../errors.ts';
import type { BackupStream } from '../storage/backup/create-backup.ts';
import { assertTargetFree, backupOffline, writeBackup } from '../storage/backup/write-backup.ts';
import { callerDir, configOption, loadConfig, requestOverSocket, version } from './cli-context.ts';
import { showProgress } from './show-progress.ts';
import { print } from './terminal.ts';

export function backup(): Command {
  return new Command('backup')
    .description('Write a backup of all data to one file. The gateway may run.')
    .argument('<file>', 'the tar file to write; only you can read it')
    .option('--force', 'overwrite an existing file')
    .option(...configOption)
    .action(async (name: string, options: { config: string; force?: true }) => {
      const config = loadConfig(options.config);
      if (config.store !== undefined) throw new ConveyError(errors['backup-elsewhere'].what, errors['backup-elsewhere'].remedy);
      const target = { file: resolve(callerDir, name), overwrite: options.force ?? false, dataDir: config.dataDir };
      assertTargetFree(target);
      const write = async (backup: BackupStream) => {
        const { madeAt } = await writeBackup(backup, target, showProgress('Writing and verifying the backup'));
        print(`Wrote and verified ${target.file}: ${backup.bytes} bytes, as of ${madeAt}.`);
        print('The key that encrypts secrets is not part of the backup. Store a copy of the key elsewhere.');
      };
      const incoming = await requestOverSocket(config, 'POST', '/api/backup');
      if (!incoming) return backupOffline(config.dataDir, version, write);
      const status = incoming.statusCode ?? 500;
      if (status !== 200) await request(async () => ({ status, body: await text(incoming) }), 'POST', '/api/backup');
      await write({ stream: Readable.toWeb(incoming), bytes: Number(incoming.headers['content-length']) });
    });
}
