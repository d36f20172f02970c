/** A page of the docs that the dashboard shows. */
export interface Guide {
  /** The guide's part of the URL. */
  readonly slug: string;
  /** Path in the docs, as in the steps of the checklist. */
  readonly path: string;
  readonly title: string;
  readonly description: string;
}

const microsoft = (slug: string, title: string, description: string): Guide => ({
  slug,
  path: `guides/microsoft/${slug}`,
  title,
  description,
});
const general = (slug: string, title: string, description: string): Guide => ({
  slug,
  path: `guides/${slug}`,
  title,
  description,
});

/** The setup of Microsoft Advertising, in order. */
export const microsoftGuides: readonly Guide[] = [
  microsoft('onboarding', 'Onboarding', 'All steps to the first counted conversion, and how long they take.'),
  microsoft('find-the-uet-tag-id', 'Find the UET tag ID', 'The number of the tag that receives the events.'),
  microsoft('enable-capi', 'Enable the Conversions API', 'Get the token of the tag.'),
  microsoft('configure-the-destination', 'Configure the destination', 'All settings of the destination, and how to test them.'),
  microsoft('enable-click-id-tracking', 'Enable click-ID tracking', 'Pass msclkid to your pages and to Convey.'),
  microsoft('create-event-goals', 'Create event goals', 'Define which events are conversions.'),
];

const meta = (slug: string, title: string, description: string): Guide => ({
  slug,
  path: `guides/meta/${slug}`,
  title,
  description,
});

/** The setup of Meta, in order. */
export const metaGuides: readonly Guide[] = [
  meta('meta-dataset-and-token', 'Meta: dataset ID and access token', 'The dataset that receives the events, and its token.'),
  meta('meta-destination', 'Meta: configure the destination', 'A whole connection, and how to check it.'),
  meta('meta-test-events', 'Meta: test events', 'See your own events in Events Manager.'),
  meta('meta-deduplication', 'Meta: check the deduplication', 'Browser and server report an event, and Meta counts it once.'),
  meta('meta-domain-and-consent', 'Meta: domain and consent', 'Why accepted events do not count, and denied shoppers.'),
];

export const troubleshootingGuides: readonly Guide[] = [
  microsoft('troubleshooting', 'Troubleshooting', 'Symptoms, causes and fixes.'),
  meta('meta-troubleshooting', 'Meta: troubleshooting', 'Symptoms, causes and fixes at Meta.'),
  general('match-quality', 'Raise the match quality', 'Which keys each platform can match, and how to send more of them.'),
  general(
    'accuracy',
    'Compare your orders with the accepted purchases',
    'Every order of the shop, with a reason for each missing one.',
  ),
];

export const shopGuides: readonly Guide[] = [
  general('going-live', 'Going live', 'Make the gateway public: Docker, Caddy, Cloudflare or a path of the shop.'),
  general('add-the-pixel', 'Add the pixel', 'One line for every page, and the best URL for the gateway.'),
  general(
    'consent',
    "Pass on the shopper's consent",
    'Consent that the pixel detects automatically, and code for well-known banners.',
  ),
  general('dual-tracking', 'Run the UET tag and Convey together', 'Two reports of one event that count once.'),
  general('send-from-your-server', 'Send from your server', 'Report paid orders and their customers.'),
  general('shopify', 'Shopify', 'A theme snippet, a custom pixel and webhooks.'),
  general('google-tag-manager', 'Google Tag Manager', 'Tags to paste, consent, and how to avoid double counting.'),
  general('woocommerce', 'WooCommerce', 'A plugin and two webhooks. Every order counts once.'),
  general(
    'headless-shops',
    'Headless shops',
    'The pixel in your app, the visitor ID in the cart, and orders from the shop or your server.',
  ),
  general(
    'checkout-email-and-phone',
    'Let your checkout collect e-mail and phone',
    'How to enable it, and how to measure the effect.',
  ),
  general('migrate-from-microsofts-shopify-pixel', "Migrate from Microsoft's Shopify pixel", 'Switch without double counting.'),
  general(
    'answer-a-data-request',
    'Answer a customer who asks for their data',
    'Use a command, or handle requests from the shop.',
  ),
  general('erase-a-person', 'Erase a person', 'Delete all data of a person, and find which platforms have events of them.'),
];

const all: readonly Guide[] = [...microsoftGuides, ...metaGuides, ...troubleshootingGuides, ...shopGuides];

/** Slugs of earlier versions, for bookmarks. */
const formerSlugs = new Map([
  ['from-microsofts-shopify-pixel', 'migrate-from-microsofts-shopify-pixel'],
  ['headless', 'headless-shops'],
]);

/** Returns the guides of a platform's setup that include this one, in order. Empty for any other guide. */
export function listSeries(guide: Guide): readonly Guide[] {
  return [microsoftGuides, metaGuides].find((series) => series.includes(guide)) ?? [];
}

export function findGuide(slug: string): Guide | undefined {
  const current = formerSlugs.get(slug) ?? slug;
  return all.find((guide) => guide.slug === current);
}

/** The target of a link in a guide. */
export type LinkTarget =
  | { readonly kind: 'here'; readonly hash: string }
  | { readonly kind: 'guide'; readonly slug: string; readonly hash?: string }
  | { readonly kind: 'web'; readonly url: string }
  /** A file of the repository that the dashboard does not show. */
  | { readonly kind: 'file'; readonly path: string };

/** Resolves a link of the guide at `path`. Returns `undefined` unless it leads to the web, a guide or a file next to the docs. */
export function resolveGuideLink(href: string, { path }: Pick<Guide, 'path'>): LinkTarget | undefined {
  if (href.startsWith('#')) return { kind: 'here', hash: href.slice(1) };
  if (/^https?:\/\//i.test(href)) return { kind: 'web', url: href };
  if (/^[a-z][a-z+.-]*:/i.test(href) || href.startsWith('/')) return undefined;
  const { pathname, hash } = new URL(href, `file:///docs/${path}.md`);
  const file = decodeURIComponent(pathname.slice(1));
  const guide = all.find((one) => `docs/${one.path}.md` === file);
  if (!guide) return { kind: 'file', path: file };
  return { kind: 'guide', slug: guide.slug, ...(hash !== '' && { hash: hash.slice(1) }) };
}
