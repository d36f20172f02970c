/** The settings of the app pixel, which the gateway sets in the shop. Shopify allows text alone. */
export const pixelSettings = {
  collector: 'The URL of the gateway, without the file name of its pixel',
  writeKey: 'The write key of the site',
  itemId: 'The item id, built from {productId}, {variantId} and {sku}',
  storefront: 'Whether the theme reports page views: true or false',
} as const;

/** The parts of the custom pixel that the app pixel has too: consent, mapping and reports. */
const sharedPart = /^ {2}\/\/ 2\. Consent\.[\s\S]*?(?=^ {2}\/\/ 5\. )/m;

/** Returns the code of the app pixel, made of its own parts and those that it shares with the custom pixel. */
export function buildAppPixel(template: string, customPixel: string): string {
  const [shared] = sharedPart.exec(customPixel) ?? [];
  if (shared === undefined) throw new Error('the custom pixel has no shared part');
  return template.replace('{{shared}}\n', () => shared);
}

/** Returns the fields of the pixel's settings, as its file declares them. */
export function describePixelSettings(): string {
  return Object.entries(pixelSettings)
    .map(
      ([name, description]) =>
        `\n[settings.fields.${name}]\nname = ${JSON.stringify(name)}\ndescription = ${JSON.stringify(description)}\ntype = "single_line_text_field"\n`,
    )
    .join('');
}
