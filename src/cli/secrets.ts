import { Command } from 'commander';
import { formatCount } from '../event/format-numbers.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { fail, print } from './terminal.ts';

export function secrets(): Command {
  const rotate = new Command('rotate')
    .description('Encrypt the secrets that were entered in the dashboard under another key, while all runs.')
    .option(...configOption)
    .action(async (options: { config: string }) => {
      const config = loadConfig(options.config);
      const { source, resealed, lost } = await connectToGateway(config)('POST /api/secrets/rotate');
      print(`${formatCount(resealed, 'secret is', 'secrets are')} under the new key.`);
      print(
        source === 'file'
          ? `The key is in ${config.secretsKeyFile}. Keep it elsewhere than the backups of ${config.dataDir}.`
          : 'Take CONVEY_SECRETS_KEY_OLD out of the environment before the next start.',
      );
      if (lost === 0) return;
      print(
        `${formatCount(lost, 'secret is', 'secrets are')} under a key that is missing. See \`convey check\`, and enter them again in the dashboard.`,
      );
      fail();
    });
  return new Command('secrets').description('The key that secrets are encrypted with, of a running gateway.').addCommand(rotate);
}
