/** The site's values in the files for a shop. */
export interface ShopValues {
  /** The complete URL of the pixel, with the write key. */
  readonly pixel: string;
  readonly writeKey: string;
  /** The id of the browser tag that the custom pixel loads. Absent: none. */
  readonly tagId?: string;
}

/** Replaces an example in a file. Throws if the file does not have it exactly once, because the shop would get the example. */
function replaceOnce(text: string, example: string, own: string): string {
  const parts = text.split(example);
  if (parts.length !== 2) throw new Error(`the file has ${parts.length - 1} times: ${example}`);
  return parts.join(own);
}

/** Fills in the settings of `shops/shopify/convey.liquid`. */
export function fillThemeSnippet(text: string, { pixel, writeKey }: ShopValues): string {
  const { origin, pathname } = new URL(pixel);
  const filled = replaceOnce(text, ', fill in the\n  two settings, and put', ', and\n  put');
  const withUrl = replaceOnce(filled, "'https://data.shop.example/p.js'", `'${origin}${pathname}'`);
  return replaceOnce(withUrl, "'YOUR_WRITE_KEY'", `'${writeKey}'`);
}

/** Fills in the settings of `shops/shopify/custom-pixel.js`. */
export function fillCustomPixel(text: string, { pixel, writeKey, tagId = '' }: ShopValues): string {
  const { origin, pathname } = new URL(pixel);
  const collector = `${origin}${pathname.replace(/\/[^/]*$/, '')}`;
  const settings = { collector, writeKey, tagId };
  return Object.entries(settings).reduce(
    (filled, [name, own]) => replaceOnce(filled, `\n    ${name}: '',\n`, `\n    ${name}: '${own}',\n`),
    replaceOnce(
      text,
      'Paste the whole file, fill in the settings, Save, Connect. See README.md.',
      'Paste the whole file, Save, Connect.',
    ),
  );
}

/** Fills in a URL of a template of Tag Manager: in its code, and in the permission to use exactly this URL. */
function fillTemplate(text: string, example: string, url: string): string {
  // The code has the URL between apostrophes.
  const own = url.replaceAll("'", '%27');
  return replaceOnce(replaceOnce(text, `'${example}'`, `'${own}'`), `"string": "${example}"`, `"string": "${own}"`);
}

/** Fills in the pixel's URL of `shops/google-tag-manager/web.tpl`. */
export function fillWebTemplate(text: string, { pixel }: Pick<ShopValues, 'pixel'>): string {
  return fillTemplate(text, 'https://data.shop.example/p.js?k=YOUR_WRITE_KEY', pixel);
}

/** Fills in the URL of the server API of `shops/google-tag-manager/server.tpl`. */
export function fillServerTemplate(text: string, collector: string): string {
  return fillTemplate(text, 'https://data.shop.example/v1/events', `${collector}/v1/events`);
}
