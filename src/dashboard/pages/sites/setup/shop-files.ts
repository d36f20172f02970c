/** Files for the shop, which the steps show with the site's own values. Each is loaded when its step is shown. */
const files = import.meta.glob<string>(
  [
    '../../../../../shops/shopify/{convey.liquid,custom-pixel.js}',
    '../../../../../shops/woocommerce/convey.php',
    '../../../../../shops/google-tag-manager/{web,server}.tpl',
  ],
  { query: '?raw', import: 'default' },
);

export type ShopFile =
  | 'shops/shopify/convey.liquid'
  | 'shops/shopify/custom-pixel.js'
  | 'shops/woocommerce/convey.php'
  | `shops/google-tag-manager/${'web' | 'server'}.tpl`;

/** Loads the text of a file of the repository. */
export function loadShopFile(path: ShopFile): Promise<string> {
  const load = files[`../../../../../${path}`];
  return load ? load() : Promise.reject(new Error('the file is not part of the dashboard'));
}
