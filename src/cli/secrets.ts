import { Command } from 'commander';
import { formatCount } from '../event/format-numbers.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { fail, print } from './terminal.ts';

export function secrets(): Command {
  const rotate = new Command('rotate')
    .description('Encrypt the stored secrets with a new key.')
    .option(...configOption)
    .action(async (options: { config: string }) => {
      const config = loadConfig(options.config);
      const { source, resealed, lost } = await connectToGateway(config)('POST /api/secrets/rotate');
      print(`${formatCount(resealed, 'secret is', 'secrets are')} encrypted with the new key.`);
      print(
        source === 'file'
          ? `The key is in ${config.secretsKeyFile}. Store a copy separately from the backups of ${config.dataDir}.`
          : 'Remove CONVEY_SECRETS_KEY_OLD from the environment before the next start.',
      );
      if (lost === 0) return;
      print(
        `${formatCount(lost, 'secret is', 'secrets are')} encrypted with a key that is missing. See \`convey check\`, and enter them again in the dashboard.`,
      );
      fail();
    });
  return new Command('secrets')
    .description('Change the key that encrypts stored secrets. The gateway must run.')
    .addCommand(rotate);
}
