import type { SiteSettingsView } from '../../../api/client.ts';

/** A value that the guides have an example for. */
export interface SiteValue {
  readonly name: string;
  /** What takes the example's place; absent where the site has none yet. */
  readonly value?: string;
  readonly examples: readonly Example[];
}

/** Where the example stands in a text: it, or what stands around it too. */
interface Example {
  readonly pattern: RegExp;
  readonly write: (own: string) => string;
}

const replaceAll = (pattern: RegExp): Example => ({ pattern, write: (own) => own });
const replaceWithin = (pattern: RegExp, before: string, after = ''): Example => ({
  pattern,
  write: (own) => `${before}${own}${after}`,
});

/** The site's own values for the examples of the guides, those that hold others before these. */
export function getSiteValues(site: SiteSettingsView, collectorUrl: string | undefined): readonly SiteValue[] {
  const connection = site.connections.find(({ destination }) => destination === 'microsoft');
  const setting = (name: string) => toText(connection?.settings[name]);
  const { base, host } = parseBaseUrl(site.pixel.url);
  const value = (what: string, own: string | undefined, ...examples: readonly Example[]): SiteValue => ({
    name: what,
    ...(own !== undefined && own !== '' && { value: own }),
    examples,
  });
  return [
    value('the address of the pixel', site.pixel.url, replaceAll(/https:\/\/data\.shop\.example\/p\.js\?k=wk_shop_example/g)),
    value('the address of the collector', base, replaceAll(/https:\/\/data\.shop\.example(?=\/(?:p\.js|e)\b|[ ;`'"]|$)/g)),
    value("the collector's host", host, replaceAll(/\bdata\.shop\.example(?![\w-])/g)),
    value('where servers send to', collectorUrl, replaceAll(/http:\/\/127\.0\.0\.1:8080(?=\/(?:v1\/events|readyz))/g)),
    value('the write key', site.writeKey, replaceAll(/\bwk_shop_example\b/g)),
    value('the domain', site.domains[0], replaceAll(/(?<![\w.@-])shop\.example(?![\w-]|\.[a-z])/g)),
    value('the UET tag ID', setting('tagId') ?? site.uet.tagId, replaceAll(/\b187012345\b/g)),
    value('the customer ID', setting('customerId'), replaceAll(/\b254610987\b/g)),
    value('site and connection', connection && `${site.id}/${connection.id}`, replaceAll(/\bshop\/bing\b/g)),
    value(
      'the connection',
      connection?.id,
      replaceWithin(/"id": "bing"/g, '"id": "', '"'),
      replaceWithin(/\bbing(?=: delivered)/g, ''),
    ),
    value('the site', site.id, replaceWithin(/--site shop\b/g, '--site '), replaceWithin(/"id": "shop"/g, '"id": "', '"')),
  ];
}

function toText(setting: unknown): string | undefined {
  return typeof setting === 'string' || typeof setting === 'number' ? String(setting) : undefined;
}

/** Where the events go: beside the script. */
function parseBaseUrl(pixelUrl: string): { readonly base?: string; readonly host?: string } {
  if (!URL.canParse(pixelUrl)) return {};
  const { origin, host, pathname } = new URL(pixelUrl);
  return { base: `${origin}${pathname.replace(/\/[^/]*$/, '')}`, host };
}

/** Puts the site's own values in the place of the examples; nothing that was put in is looked at again. */
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

/** Which of the values the text has examples for: those that were filled in, and those that the site has none of. */
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
