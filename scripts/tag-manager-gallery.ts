import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { printError } from '../src/cli/terminal-output.ts';

/**
 * Releases a template of Tag Manager into a checkout of its public repository, from which Google's gallery takes it: the template in its
 * general form in one commit, and `metadata.yaml` with that commit's hash in the next.
 * @source https://developers.google.com/tag-platform/tag-manager/templates/gallery (2026-12)
 */

const root = join(import.meta.dirname, '..');
const kinds = ['web', 'server'] as const;
type Kind = (typeof kinds)[number];

const metadataSchema = z.object({
  homepage: z.url(),
  documentation: z.url(),
  versions: z.array(z.object({ sha: z.string(), changeNotes: z.string() })).default([]),
});

/** Replaces a text that occurs once. Throws otherwise, because the template has changed. */
function replaceOnce(text: string, from: string | RegExp, to: string): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`the template has ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}

/** The forms of the templates that suit every site: the web one loads no script, the server one has a field for the gateway's address. */
const generalForms: Readonly<Record<Kind, (template: string) => string>> = {
  web: (template) =>
    [
      [/const injectScript = .*\n/, ''],
      [/const scriptUrl = .*\n/, ''],
      [/if \(data\.command === 'load'\) \{\n[^}]*\}\n\n/, ''],
      [/ {6}\{\n {8}"value": "load",\n.*\n {6}\},\n/, ''],
      ['"defaultValue": "load"', '"defaultValue": "track"'],
      ['Load: trigger Initialization - All Pages. Report', 'The page itself has the snippet. Report'],
      ["Loads the Convey pixel from the shop's own gateway, and reports", 'Reports'],
      [/ {2}\{\n {4}"instance": \{\n {6}"key": \{\n {8}"publicId": "inject_script",[\s\S]*?"isRequired": true\n {2}\},\n/, ''],
      [/- name: Load injects [\s\S]*?(?=- name: Report sends)/, ''],
      [/ {2}let injected;\n/, ''],
      [
        "The dashboard writes the site's script URL into code and permission.",
        'The dashboard has one that loads the pixel, too.',
      ],
    ].reduce((text, [from, to]) => replaceOnce(text, from ?? '', String(to)), template),
  server: (template) =>
    [
      ["'https://data.shop.example/v1/events'", "makeString(data.gateway) + '/v1/events'"],
      ['"string": "https://data.shop.example/v1/events"', '"string": "https://*/*"'],
      [/(?<=___TEMPLATE_PARAMETERS___\n\n\[\n)/, `${gatewayField}\n`],
      [
        "{ secretKey: 'sk_example', hasPixel: true }",
        "{ gateway: 'https://data.shop.example', secretKey: 'sk_example', hasPixel: true }",
      ],
      [
        "{ secretKey: 'sk_example', hasPixel: false }",
        "{ gateway: 'https://data.shop.example', secretKey: 'sk_example', hasPixel: false }",
      ],
      [
        "The dashboard writes the gateway's URL into code and permission.",
        'The dashboard has one that may call your gateway alone.',
      ],
    ].reduce((text, [from, to]) => replaceOnce(text, from ?? '', String(to)), template),
};

const gatewayField = `  {
    "type": "TEXT",
    "name": "gateway",
    "displayName": "Gateway's address",
    "simpleValueType": true,
    "help": "Such as https://data.shop.example, without a slash at its end.",
    "valueValidators": [
      {
        "type": "NON_EMPTY"
      }
    ]
  },`;

/** Returns the template for the gallery. */
export function formatGalleryTemplate(kind: Kind): string {
  return generalForms[kind](readFileSync(join(root, 'shops/google-tag-manager', `${kind}.tpl`), 'utf8'));
}

/** Commits the template and its metadata in a checkout. Returns the hash of the template's commit, or undefined if nothing has changed. */
export function releaseTemplate(
  kind: Kind,
  checkout: string,
  addresses: { readonly homepage: string; readonly documentation: string },
): string | undefined {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: checkout, encoding: 'utf8' }).trim();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const commit = (message: string, ...files: string[]) => {
    git('add', ...files);
    git('commit', '--quiet', '--message', message);
    return git('rev-parse', 'HEAD');
  };
  writeFileSync(join(checkout, 'template.tpl'), formatGalleryTemplate(kind));
  copyFileSync(join(root, 'LICENSE'), join(checkout, 'LICENSE'));
  const title = kind === 'web' ? 'Convey for web containers' : 'Convey for server containers';
  writeFileSync(
    join(checkout, 'README.md'),
    `# ${title}\n\nA template of Google Tag Manager. [Guide](${addresses.documentation}).\n`,
  );
  if (git('status', '--porcelain') === '') return undefined;
  const sha = commit(`template: Convey ${version}`, 'template.tpl', 'LICENSE', 'README.md');
  const file = join(checkout, 'metadata.yaml');
  const before = existsSync(file) ? metadataSchema.parse(parse(readFileSync(file, 'utf8'))) : { versions: [] };
  const versions = [{ sha, changeNotes: `Convey ${version}` }, ...before.versions];
  writeFileSync(file, stringify(metadataSchema.parse({ ...addresses, versions })));
  commit(`metadata: Convey ${version}`, 'metadata.yaml');
  return sha;
}

if (import.meta.main) {
  const [kind, checkout, homepage, documentation] = process.argv.slice(2);
  const known = kinds.find((one) => one === kind);
  if (known && checkout && homepage && documentation)
    console.log(releaseTemplate(known, checkout, { homepage, documentation }) ?? 'The template has not changed.');
  else {
    printError('An argument is missing. Write: npm run gallery -- web|server CHECKOUT HOMEPAGE DOCUMENTATION');
    process.exitCode = 1;
  }
}
