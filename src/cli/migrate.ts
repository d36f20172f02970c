import { Command } from 'commander';
import { migrateFiles } from '../storage/migrate.ts';
import { configOption, loadConfig } from './cli-context.ts';
import { print, printNotice } from './terminal.ts';

export function migrate(): Command {
  return new Command('migrate')
    .description('Update the data files to this version. `convey start` does it, too. The gateway must not run.')
    .option(...configOption)
    .action((options: { config: string }) => {
      const { dataDir } = loadConfig(options.config);
      migrateFiles(
        dataDir,
        ({ file, schema, needed }) => print(`${file}: schema ${schema}, this version needs ${needed}.`),
        (file, step) => printNotice(`${file}: migrating to schema ${step} …`),
      );
      print('The data files are up to date.');
    });
}
