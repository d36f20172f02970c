import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { ConveyError } from '../errors.ts';
import type { ShopifyApp } from '../event/shopify-app.ts';
import type { Site } from '../event/site.ts';
import { buildAppFolder } from '../shopify-app/app-folder.ts';
import { shopifyCliVersion } from '../shopify-app/app-versions.ts';
import { callerDir, configOption, loadConfig } from './cli-context.ts';
import { print } from './terminal.ts';
import { sanitizeForTerminal } from './terminal-output.ts';

interface AppOptions {
  readonly config: string;
  readonly site: string;
  readonly out: string;
  readonly signUps?: true;
  readonly embed: boolean;
}

export function shopify(): Command {
  const app = new Command('app')
    .description(
      'Write the folder of your own Shopify app for a site of the config file, and list the steps. It holds no secret.',
    )
    .requiredOption('-s, --site <id>', 'the site')
    .requiredOption('--out <folder>', 'the folder to write; an existing one is updated')
    .option('--sign-ups', 'also report new customers, which needs the scope read_customers')
    .option(
      '--no-embed',
      'the theme does not load the pixel: the app pixel then runs without a permission of Shopify, and decides by itself',
    )
    .option(...configOption)
    .action((options: AppOptions) => {
      const config = loadConfig(options.config);
      const site = findSite(config, options.site);
      const folder = resolve(callerDir, options.out);
      const files = buildAppFolder(
        {
          clientId: site.shopify.clientId,
          appKey: site.shopify.key,
          ...findUrls(config, site),
          readsCustomers: options.signUps === true,
          hasStorefront: options.embed,
        },
        (path) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined),
      );
      for (const [path, content] of files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      print(`${files.size} files are written to ${sanitizeForTerminal(folder)}.\n`);
      print(
        listSteps(site.shopify, folder)
          .map((step, index) => `${index + 1}. ${step}`)
          .join('\n'),
      );
    });
  return new Command('shopify').description('Connect a Shopify shop by an app of your own.').addCommand(app);
}

function findSite({ sites }: Config, id: string): Site & { readonly shopify: ShopifyApp } {
  const site = sites.find((one) => one.id === id);
  if (!site) throw new ConveyError('The config file has no such site', 'Use the id of a site of the config file');
  const { shopify: app } = site;
  if (!app)
    throw new ConveyError('The site has no app', 'Set `shopify` with `shop`, `clientId` and `clientSecret` in the config file');
  return { ...site, shopify: app };
}

/** Returns the addresses at which Shopify reaches dashboard and collector. @throws ConveyError if one is not set */
function findUrls({ dashboard, collector }: Config, site: Site) {
  if (dashboard.publicUrl === undefined)
    throw new ConveyError('`dashboard.publicUrl` is not set', "Set it: Shopify opens the app's pages at this address");
  const url = site.publicUrl ?? collector.publicUrl;
  if (url === undefined)
    throw new ConveyError(
      '`collector.publicUrl` is not set',
      'Set it, or `publicUrl` of the site: Shopify sends webhooks to this address',
    );
  return { dashboard: dashboard.publicUrl, collector: url };
}

function listSteps({ shop, grant }: ShopifyApp, folder: string): readonly string[] {
  const run = `docker run --rm -it -e SHOPIFY_APP_AUTOMATION_TOKEN -v "${sanitizeForTerminal(folder)}:/app" -w /app node:24 sh -c "npm install && npx @shopify/cli@${shopifyCliVersion} app deploy --allow-updates"`;
  return [
    'In the Dev Dashboard open the app, then Settings > App automation token > Create token. Put it into the variable SHOPIFY_APP_AUTOMATION_TOKEN. Convey never sees it.',
    `Deploy the app, here or on another machine:\n   ${run}\n   Keep the folder: the first deployment writes the ids of the extensions into it.`,
    grant === 'client-credentials'
      ? `In the Dev Dashboard choose Home > Install app, and the shop ${shop}.`
      : `In the Dev Dashboard choose Distribution > Custom distribution, enter ${shop}, and open the install link.`,
    'Delete the webhooks that were set up by hand. The custom pixel and the theme snippet stay: the pixel and the theme block of the app are off.',
  ];
}
