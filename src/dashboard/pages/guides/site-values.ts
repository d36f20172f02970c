import type { DestinationView, SiteSettingsView } from '../../../api/client.ts';
import { parseSettingFields } from '../destinations/settings/setting-fields.ts';

/** A value for which the guides have an example. */
export interface SiteValue {
  readonly name: string;
  /** Replaces the example. Undefined if the site has none yet. */
  readonly value?: string;
  readonly examples: readonly Example[];
}

/** An occurrence of the example in a text, with or without the text around it. */
interface Example {
  readonly pattern: RegExp;
  readonly write: (own: string) => string;
}

const replaceAll = (pattern: RegExp): Example => ({ pattern, write: (own) => own });
const replaceWithin = (pattern: RegExp, before: string, after = ''): Example => ({
  pattern,
  write: (own) => `${before}${own}${after}`,
});

/** Returns the site's own values for the examples. Longer examples come before those that they contain. */
export function getSiteValues(
  site: SiteSettingsView,
  collectorUrl: string | undefined,
  destinations: readonly DestinationView[],
): readonly SiteValue[] {
  const { url, isGuess } = site.pixel;
  // A guessed host would be copied.
  const pixel = isGuess ? undefined : url;
  const { base, host } = parseBaseUrl(pixel ?? '');
  return [
    value('Pixel URL', pixel, replaceAll(/https:\/\/data\.shop\.example\/p\.js\?k=wk_shop_example/g)),
    value('Collector URL', base, replaceAll(/https:\/\/data\.shop\.example(?=\/(?:p\.js|e)\b|[ ;`'"]|$)/g)),
    value('Collector host', host, replaceAll(/\bdata\.shop\.example(?![\w-])/g)),
    value('Server API URL', collectorUrl, replaceAll(/http:\/\/127\.0\.0\.1:8080(?=\/(?:v1\/events|readyz))/g)),
    value('Write key', site.writeKey, replaceAll(/\bwk_shop_example\b/g)),
    value('Domain', site.domains[0], replaceAll(/(?<![\w.@-])shop\.example(?![\w-]|\.[a-z])/g)),
    value('Domain with www', addWww(site.domains[0]), replaceAll(/(?<![\w.@-])www\.shop\.example(?![\w-]|\.[a-z])/g)),
    ...destinations.flatMap((destination) => getConnectionValues(site, destination)),
    value(
      'Site',
      site.id,
      replaceWithin(/--site shop\b/g, '--site '),
      replaceWithin(/"id": "shop"/g, '"id": "', '"'),
      replaceAll(/(?<=\/hooks\/[a-z]+\/)shop\b/g),
    ),
  ];
}

/** Returns the `www` name of a domain, or the domain itself if it has one, or no subdomain. */
function addWww(domain: string | undefined): string | undefined {
  return domain === undefined || !/[a-z]$/i.test(domain) || !domain.includes('.') || domain.startsWith('www.')
    ? domain
    : `www.${domain}`;
}

/** Returns the values of the site's connection to a platform for the examples of the platform's guides. */
function getConnectionValues(site: SiteSettingsView, { id, settings, setup }: DestinationView): readonly SiteValue[] {
  const { examples } = setup ?? {};
  if (examples === undefined) return [];
  const connection = site.connections.find(({ destination }) => destination === id);
  const own = (name: string) => toText(connection?.settings[name]) ?? toText(site.tags[id]?.[name]);
  const fields = parseSettingFields({ settings, secrets: [] });
  const getTitle = (name: string) => fields.find((field) => field.name === name)?.title ?? name;
  const example = examples.connection;
  return [
    ...Object.entries(examples.settings).map(([name, text]) =>
      value(getTitle(name), own(name), replaceAll(new RegExp(`\\b${text}\\b`, 'g'))),
    ),
    value(
      'Site and connection',
      connection && `${site.id}/${connection.id}`,
      replaceAll(new RegExp(`\\bshop/${example}\\b`, 'g')),
    ),
    value(
      'Connection',
      connection?.id,
      replaceWithin(new RegExp(`"id": "${example}"`, 'g'), '"id": "', '"'),
      replaceWithin(new RegExp(`\\b${example}(?=: delivered)`, 'g'), ''),
    ),
  ];
}

function value(name: string, own: string | undefined, ...examples: readonly Example[]): SiteValue {
  return { name, ...(own !== undefined && own !== '' && { value: own }), examples };
}

function toText(setting: unknown): string | undefined {
  return typeof setting === 'string' || typeof setting === 'number' ? String(setting) : undefined;
}

/** Returns the collector's URL and host, derived from the pixel's URL. */
function parseBaseUrl(pixelUrl: string): { readonly base?: string; readonly host?: string } {
  if (!URL.canParse(pixelUrl)) return {};
  const { origin, host, pathname } = new URL(pixelUrl);
  return { base: `${origin}${pathname.replace(/\/[^/]*$/, '')}`, host };
}

/** Replaces the examples in a text by the site's values. Inserted text is not replaced again. */
export function replaceExampleValues(text: string, values: readonly SiteValue[]): string {
  let pieces: readonly (string | { readonly own: string })[] = [text];
  for (const { value: own, examples } of values) {
    if (own === undefined) continue;
    for (const example of examples)
      pieces = pieces.flatMap((piece) => (typeof piece === 'string' ? replaceExample(piece, example, own) : piece));
  }
  return pieces.map((piece) => (typeof piece === 'string' ? piece : piece.own)).join('');
}

function replaceExample(text: string, { pattern, write }: Example, own: string): readonly (string | { readonly own: string })[] {
  const rest = text.split(pattern);
  return rest.flatMap((piece, at) => (at === 0 ? [piece] : [{ own: write(own) }, piece]));
}

/** Returns the values for which a text has examples, divided into filled and missing ones. */
export function findUsedValues(
  text: string,
  values: readonly SiteValue[],
): { filled: readonly SiteValue[]; missing: readonly SiteValue[] } {
  let rest = text;
  const used = values.filter(({ examples }) => {
    const before = rest;
    for (const { pattern } of examples) rest = rest.replace(pattern, '\0');
    return rest !== before;
  });
  return {
    filled: used.filter(({ value: own }) => own !== undefined),
    missing: used.filter(({ value: own }) => own === undefined),
  };
}
