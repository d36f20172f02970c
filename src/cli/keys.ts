import { Command } from 'commander';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { jsonOption, printJson } from './json-option.ts';
import { print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

export function keys(): Command {
  const list = new Command('list')
    .description('List the secret keys that a page has used. `convey keys` alone does the same.')
    .option(...configOption)
    .option(...jsonOption)
    .action(async ({ config, json }: { config: string; json?: true }) => {
      const sites = await connectToGateway(loadConfig(config))('GET /api/sites');
      const found = sites.flatMap(({ id: site, distrustedKeys }) => distrustedKeys.map((key) => ({ site, ...key })));
      if (json) return printJson(found);
      if (found.length === 0) return print('No page has used a secret key.');
      const rows = found.map(({ site, id, name, since }) => [site, id, sanitizeForTerminal(name), time(since)]);
      print(table(['site', 'key', 'name', 'since (UTC)'], rows));
    });
  const trust = new Command('trust')
    .description('Trust a secret key again that a page has used. First remove it from the page.')
    .argument('<site>', 'the id of the site')
    .argument('<key>', 'the key, as `convey keys` prints it')
    .option(...configOption)
    .action(async (site: string, key: string, { config }: { config: string }) => {
      await connectToGateway(loadConfig(config))('POST /api/sites/:site/keys/:key/trust', { site, key });
      print(`${sanitizeForTerminal(key)} is trusted again, until a page uses it.`);
    });
  return new Command('keys')
    .description('List the secret keys that a page has used, or trust one again. The gateway must run.')
    .addCommand(list, { isDefault: true })
    .addCommand(trust);
}
