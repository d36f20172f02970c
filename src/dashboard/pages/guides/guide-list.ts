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
const microsoftGuides: readonly Guide[] = [
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
const metaGuides: readonly Guide[] = [
  meta('meta-dataset-and-token', 'Meta: dataset ID and access token', 'The dataset that receives the events, and its token.'),
  meta('meta-destination', 'Meta: configure the destination', 'A whole connection, and how to check it.'),
  meta('meta-test-events', 'Meta: test events', 'See your own events in Events Manager.'),
  meta('meta-deduplication', 'Meta: check the deduplication', 'Browser and server report an event, and Meta counts it once.'),
  meta('meta-domain-and-consent', 'Meta: domain and consent', 'Why accepted events do not count, and denied shoppers.'),
];

const tiktok = (slug: string, title: string, description: string): Guide => ({
  slug,
  path: `guides/tiktok/${slug}`,
  title,
  description,
});

/** The setup of TikTok, in order. */
const tiktokGuides: readonly Guide[] = [
  tiktok('tiktok-pixel-and-token', 'TikTok: pixel code and access token', 'The pixel that receives the events, and a token.'),
  tiktok('tiktok-destination', 'TikTok: configure the destination', 'A whole connection, and how to check it.'),
  tiktok('tiktok-test-events', 'TikTok: test events', 'See your own events in Events Manager.'),
  tiktok(
    'tiktok-deduplication',
    'TikTok: check the deduplication',
    'Browser and server report an event, and TikTok counts it once.',
  ),
  tiktok('tiktok-clicks-and-consent', 'TikTok: click IDs and consent', 'Let click IDs arrive whole, and denied shoppers.'),
];

/** The setup of each platform. */
export const platformSeries: readonly { readonly title: string; readonly guides: readonly Guide[] }[] = [
  { title: 'Microsoft Advertising, step by step', guides: microsoftGuides },
  { title: 'Meta, step by step', guides: metaGuides },
  { title: 'TikTok, step by step', guides: tiktokGuides },
];

export const troubleshootingGuides: readonly Guide[] = [
  microsoft('troubleshooting', 'Troubleshooting', 'Symptoms, causes and fixes.'),
  meta('meta-troubleshooting', 'Meta: troubleshooting', 'Symptoms, causes and fixes at Meta.'),
  tiktok('tiktok-troubleshooting', 'TikTok: troubleshooting', 'Symptoms, causes and fixes at TikTok.'),
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

export const allGuides: readonly Guide[] = [
  ...platformSeries.flatMap(({ guides }) => guides),
  ...troubleshootingGuides,
  ...shopGuides,
];

/** Slugs of earlier versions, for bookmarks. */
const formerSlugs = new Map([
  ['from-microsofts-shopify-pixel', 'migrate-from-microsofts-shopify-pixel'],
  ['headless', 'headless-shops'],
]);

/** Returns the guides of a platform's setup that include this one, in order. Empty for any other guide. */
export function listSeries(guide: Guide): readonly Guide[] {
  return platformSeries.find(({ guides }) => guides.includes(guide))?.guides ?? [];
}

export function findGuide(slug: string): Guide | undefined {
  const current = formerSlugs.get(slug) ?? slug;
  return allGuides.find((guide) => guide.slug === current);
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
  const guide = allGuides.find((one) => `docs/${one.path}.md` === file);
  if (!guide) return { kind: 'file', path: file };
  return { kind: 'guide', slug: guide.slug, ...(hash !== '' && { hash: hash.slice(1) }) };
}
