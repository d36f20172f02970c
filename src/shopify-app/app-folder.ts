import { readFileSync } from 'node:fs';
import { buildAppPixel, describePixelSettings } from './app-pixel.ts';
import { apiVersion, pixelPackageVersion } from './app-versions.ts';
import { customerFields, orderFields, refundFields } from './include-fields.ts';

/** The values of an operator's app. None of them is secret. */
export interface AppFolderValues {
  readonly clientId: string;
  /** Names the app in the address of its webhooks. */
  readonly appKey: string;
  /** The public URL of the dashboard, whose host is also that of the redirect. */
  readonly dashboard: string;
  /** The public URL of the collector. */
  readonly collector: string;
  /** Whether the app reports new customers. It then asks for customers too. */
  readonly readsCustomers: boolean;
  /** Whether the theme loads Convey's pixel, so that it reports denials. If not, the app pixel decides by itself. */
  readonly hasStorefront: boolean;
}

export const blockName = 'convey';
const storefront = 'extensions/convey-storefront';
const pixel = 'extensions/convey-pixel';

/** Builds the files of an app's folder by their paths. @param readExisting returns a file that is already there */
export function buildAppFolder(
  { clientId, appKey, dashboard, collector, readsCustomers, hasStorefront }: AppFolderValues,
  readExisting: (path: string) => string | undefined,
): ReadonlyMap<string, string> {
  const webhooks = `${trimSlash(collector)}/hooks/shopify-app/${appKey}`;
  const customers = `\n[[webhooks.subscriptions]]\ntopics = ["customers/create"]\nuri = "${webhooks}"\ninclude_fields = [\n${listFields(customerFields)}\n]\n`;
  const build = (path: string, values: Readonly<Record<string, string>>) =>
    [path, fill(readTemplate(`${path}.template`), values)] as const;
  const buildExtension = (folder: string, values: Readonly<Record<string, string>>) => {
    const path = `${folder}/shopify.extension.toml`;
    return build(path, { ...values, uid: keepUid(readExisting(path)) });
  };
  return new Map([
    build('shopify.app.toml', {
      ...{ clientId, webhooks, apiVersion, dashboard: trimSlash(dashboard) },
      scopes: ['read_orders', 'read_customer_events', 'write_pixels', ...(readsCustomers ? ['read_customers'] : [])].join(','),
      orderFields: listFields(orderFields),
      refundFields: listFields(refundFields),
      customers: readsCustomers ? customers : '',
    }),
    build('package.json', { pixelVersion: pixelPackageVersion }),
    buildExtension(pixel, {
      marketing: String(hasStorefront),
      saleOfData: hasStorefront ? 'enabled' : 'disabled',
      fields: describePixelSettings(),
    }),
    [
      `${pixel}/src/index.js`,
      buildAppPixel(readTemplate(`${pixel}/index.js.template`), readShopFile('shopify/custom-pixel.js')),
    ] as const,
    buildExtension(storefront, {}),
    [`${storefront}/blocks/${blockName}.liquid`, readTemplate(`${storefront}/blocks/${blockName}.liquid`)] as const,
  ]);
}

/**
 * Returns the address at which the theme editor opens with the app's block turned on. The merchant saves there.
 * @source https://shopify.dev/docs/apps/build/online-store/theme-app-extensions/configuration (2026)
 */
export function getEmbedUrl(shop: string, clientId: string): string {
  return `https://${shop}/admin/themes/current/editor?context=apps&activateAppId=${encodeURIComponent(clientId)}/${blockName}`;
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function listFields(fields: readonly string[]): string {
  return fields.map((field) => `  ${JSON.stringify(field)},`).join('\n');
}

/** Returns the line of a file that names the extension at Shopify. The first deploy writes it. */
function keepUid(existing = ''): string {
  const [line] = /^uid = "[\w-]+"$/m.exec(existing) ?? [];
  return line === undefined ? '' : `${line}\n`;
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template has no value for ${name}`);
    return value;
  });
}

function readTemplate(path: string): string {
  return readShopFile(`shopify-app/${path}`);
}

/** Reads a file of the folder `shops`, which is in the repository and in the package. */
function readShopFile(path: string): string {
  return readFileSync(new URL(`../../shops/${path}`, import.meta.url), 'utf8');
}
