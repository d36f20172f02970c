import { Command, Option } from 'commander';
import type { Config } from '../config/config.ts';
import { ConveyError } from '../errors.ts';
import { migrateFiles } from '../storage/migrate.ts';
import { configOption, loadConfig } from './cli-context.ts';
import { print, printNotice } from './terminal.ts';

interface Options {
  readonly config: string;
  readonly to?: string;
  readonly durability?: Config['durability'];
  readonly json?: true;
}

export function migrate(): Command {
  return new Command('migrate')
    .description('Update the data to this version, or move it to PostgreSQL. `convey start` updates it, too.')
    .option(...configOption)
    .option(
      '--to <url>',
      'move the data folder to this empty PostgreSQL database: `postgres://user@host/database?sslmode=verify-full`, with the password in PGPASSWORD. The gateway may run at first',
    )
    .addOption(
      new Option('--durability <durability>', 'with --to: `durability` of the new gateways').choices(['checked', 'managed']),
    )
    .option('--json', 'with --to: print one JSON object')
    .action(async ({ config: file, to, durability, json }: Options) => {
      const config = loadConfig(file);
      if (to !== undefined) {
        const { moveFolder } = await import('./move-folder.ts');
        await moveFolder(config, { url: to, durability: durability ?? 'checked', asJson: json === true });
        return;
      }
      if (json) throw new ConveyError('--json needs --to', 'Add --to URL, or omit --json');
      if (durability)
        throw new ConveyError('--durability needs --to', 'Add --to URL, or set `durability` in the config file instead');
      await updateData(config);
    });
}

async function updateData({ dataDir, store, durability }: Config): Promise<void> {
  if (store !== undefined) {
    const { openPostgresStorage } = await import('../storage/open-postgres.ts');
    const onSchemaStep = (step: number) => printNotice(`The database: migrating to schema ${step} …`);
    await (await openPostgresStorage(store, { durability, onSchemaStep })).close();
    print('The database is up to date.');
    return;
  }
  migrateFiles(
    dataDir,
    ({ file, schema, needed }) => print(`${file}: schema ${schema}, this version needs ${needed}.`),
    (file, step) => printNotice(`${file}: migrating to schema ${step} …`),
  );
  print('The data files are up to date.');
}
