import { Command } from 'commander';
import { migrateFiles } from '../storage/migrate.ts';
import { configOption, loadConfig } from './cli-context.ts';
import { print, printNotice } from './terminal.ts';

export function migrate(): Command {
  return new Command('migrate')
    .description('Update the data to this version. `convey start` does it, too. No gateway may run on the data folder.')
    .option(...configOption)
    .action(async (options: { config: string }) => {
      const { dataDir, store } = loadConfig(options.config);
      if (store !== undefined) {
        const { openPostgresStorage } = await import('../storage/open-postgres.ts');
        await (await openPostgresStorage(store)).close();
        print('The database is up to date.');
        return;
      }
      migrateFiles(
        dataDir,
        ({ file, schema, needed }) => print(`${file}: schema ${schema}, this version needs ${needed}.`),
        (file, step) => printNotice(`${file}: migrating to schema ${step} …`),
      );
      print('The data files are up to date.');
    });
}
