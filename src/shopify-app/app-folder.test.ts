import { describe, expect, it } from 'vitest';
import { redirectPath } from '../api/http/redirect-path.ts';
import { type AppFolderValues, buildAppFolder, getEmbedUrl } from './app-folder.ts';
import { pixelSettings } from './app-pixel.ts';
import { apiVersion } from './app-versions.ts';

const values: AppFolderValues = {
  clientId: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
  appKey: 'a'.repeat(32),
  dashboard: 'https://convey.example',
  collector: 'https://data.shop.example/',
  readsCustomers: false,
  hasStorefront: true,
};
const pixelFile = 'extensions/convey-pixel/shopify.extension.toml';
const pixelCode = 'extensions/convey-pixel/src/index.js';

function build(changes: Partial<AppFolderValues> = {}, existing: Readonly<Record<string, string>> = {}) {
  const files = buildAppFolder({ ...values, ...changes }, (path) => existing[path]);
  return { files, read: (path: string) => files.get(path) ?? '' };
}

describe('the folder of a Shopify app', () => {
  it('has an app of three scopes, without a secret, at one host', () => {
    const toml = build().read('shopify.app.toml');
    expect(toml).toContain('scopes = "read_orders,read_customer_events,write_pixels"\n');
    expect(toml).toContain('embedded = false\n');
    expect(toml).toContain('application_url = "https://convey.example/"\n');
    expect(toml).toContain(`redirect_urls = ["https://convey.example${redirectPath}"]\n`);
    expect(toml).toContain(`api_version = "${apiVersion}"\n`);
    expect([...toml.matchAll(/^uri = (.*)$/gm)].map(([, uri]) => uri)).toEqual(
      Array.from({ length: 4 }, () => `"https://data.shop.example/hooks/shopify-app/${'a'.repeat(32)}"`),
    );
    const files = [...build().files].filter(([path]) => !path.endsWith('.liquid')).map(([, content]) => content);
    expect(files.join('\n')).not.toMatch(/secret\s*=|shpss_|shpat_|\{\{\w+\}\}/);
  });

  it('subscribes to sign-ups, with their scope, only if they are chosen', () => {
    expect(build().read('shopify.app.toml')).not.toContain('customers/create');
    const toml = build({ readsCustomers: true }).read('shopify.app.toml');
    expect(toml).toContain('topics = ["customers/create"]');
    expect(toml).toContain('scopes = "read_orders,read_customer_events,write_pixels,read_customers"\n');
  });

  it('has the topics of privacy requests in a block of their own', () => {
    const blocks = build().read('shopify.app.toml').split('[[webhooks.subscriptions]]').slice(1);
    const ofPrivacy = blocks.filter((block) => block.includes('compliance_topics'));
    expect(ofPrivacy).toHaveLength(1);
    expect(ofPrivacy[0]).not.toMatch(/^topics/m);
    for (const topic of ['customers/data_request', 'customers/redact', 'shop/redact']) expect(ofPrivacy[0]).toContain(topic);
  });

  it("keeps the ids that the first deployment wrote into the extensions' files", () => {
    const storefrontFile = 'extensions/convey-storefront/shopify.extension.toml';
    const existing = { [pixelFile]: 'type = "old"\nuid = "11-aa"\n', [storefrontFile]: 'uid = "22-bb"\n' };
    const { read } = build({}, existing);
    expect([read(pixelFile), read(storefrontFile)].map((toml) => /^uid = "(.*)"$/m.exec(toml)?.[1])).toEqual(['11-aa', '22-bb']);
    expect(build().read(pixelFile)).not.toMatch(/^uid/m);
  });

  it("declares the pixel's settings as text, and asks for marketing only if the theme reports denials", () => {
    const toml = build().read(pixelFile);
    const fields = [...toml.matchAll(/^\[settings\.fields\.(\w+)\]$/gm)].map(([, name]) => name);
    expect(fields).toEqual(Object.keys(pixelSettings));
    expect(toml.match(/^type = "single_line_text_field"$/gm)).toHaveLength(fields.length);
    expect(toml).toContain('runtime_context = "strict"');
    expect(toml).toContain('marketing = true\npreferences = false\nsale_of_data = "enabled"');
    expect(build({ hasStorefront: false }).read(pixelFile)).toContain(
      'marketing = false\npreferences = false\nsale_of_data = "disabled"',
    );
  });

  it('has a pixel of at most 128 KB that uses nothing of a page, and no host', () => {
    const code = build()
      .read(pixelCode)
      .replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');
    expect(code.length).toBeLessThan(128 * 1024);
    expect(code).not.toMatch(/(?<![.\w])(document|window|eval|importScripts)\b(?!:)/);
    expect(code.match(/https?:\/\/[\w.-]+/g) ?? []).toEqual([]);
    const read = new Set([...code.matchAll(/\bgiven\?\.(\w+)/g)].map(([, name]) => name));
    expect([...read].toSorted()).toEqual(Object.keys(pixelSettings).toSorted());
  });

  it("opens the theme editor with the block's file name", () => {
    expect(build().files.has('extensions/convey-storefront/blocks/convey.liquid')).toBe(true);
    expect(getEmbedUrl('example.myshopify.com', values.clientId)).toBe(
      `https://example.myshopify.com/admin/themes/current/editor?context=apps&activateAppId=${values.clientId}/convey`,
    );
  });
});
