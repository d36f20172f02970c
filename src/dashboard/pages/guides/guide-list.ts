/** One page of the docs that is shown here. */
export interface Guide {
  /** In the address of the page. */
  readonly slug: string;
  /** Its place in the docs, as a checklist's step names it. */
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

/** With Microsoft Advertising for the first time, in this order. */
export const microsoftGuides: readonly Guide[] = [
  microsoft('onboarding', 'Onboarding', 'From nothing to the first counted conversion: what it takes, and how long.'),
  microsoft('find-the-uet-tag-id', 'Find the UET tag ID', 'The number that description which tag receives the events.'),
  microsoft('enable-capi', 'Enable the Conversions API', 'Get the token of that tag.'),
  microsoft('configure-the-destination', 'Configure the destination', 'Every setting of the connection, and how to check it.'),
  microsoft('enable-click-id-tracking', 'Enable click-ID tracking', 'Let msclkid reach your pages, and Convey.'),
  microsoft('create-event-goals', 'Create event goals', 'Tell Microsoft which events are conversions.'),
];

export const troubleshootingGuides: readonly Guide[] = [
  microsoft('troubleshooting', 'Troubleshooting', 'From the symptom to the cure.'),
  general('match-quality', 'Raise the match quality', 'What Microsoft can match your events by, and how to give it more.'),
  general(
    'accuracy',
    'Hold your orders against what Microsoft accepted',
    'Every order of the shop, and a name for each that is missing.',
  ),
];

export const shopGuides: readonly Guide[] = [
  general('going-live', 'Going live', 'A gateway that shops can reach: Docker, Caddy, Cloudflare, and a path of the shop.'),
  general('add-the-pixel', 'Add the pixel', 'One line for every page, and where the gateway best lives.'),
  general('consent', "Pass the shopper's consent on", 'What the pixel reads by itself, and lines for well-known banners.'),
  general('dual-tracking', 'Run the UET tag and Convey together', 'Two reports of one event, counted once.'),
  general('send-from-your-server', 'Send from your server', 'What a browser does not know: that an order was paid, and by whom.'),
  general('shopify', 'Shopify', 'A theme snippet, a custom pixel and webhooks, from the click to the order.'),
  general('google-tag-manager', 'Google Tag Manager', 'The tags to paste, consent, and what must not count twice beside them.'),
  general('woocommerce', 'WooCommerce', 'A plugin and two webhooks: each order told of, and counted once.'),
  general('headless', 'Headless shops', 'The pixel in your app, the visitor in the cart, orders from the shop or your server.'),
  general(
    'checkout-email-and-phone',
    'Let your checkout collect e-mail and phone',
    'Where to switch it on, and how to see what it brought.',
  ),
  general(
    'from-microsofts-shopify-pixel',
    "From Microsoft's Shopify pixel to Convey",
    'Without counting twice on any day between.',
  ),
  general('answer-a-data-request', 'Answer a customer who asks for their data', 'By command, and where the shop asks.'),
  general('erase-a-person', 'Erase a person', 'Everything of one person, and which platforms have events of them.'),
];

const all: readonly Guide[] = [...microsoftGuides, ...troubleshootingGuides, ...shopGuides];

export function findGuide(slug: string): Guide | undefined {
  return all.find((guide) => guide.slug === slug);
}

/** Where a link of a guide leads. */
export type LinkTarget =
  | { readonly kind: 'here'; readonly hash: string }
  | { readonly kind: 'guide'; readonly slug: string; readonly hash?: string }
  | { readonly kind: 'web'; readonly url: string }
  /** A file of the repository that is not shown here. */
  | { readonly kind: 'file'; readonly path: string };

/** Reads a link as the guide at `path` has it. Anything but the web, the guides and files beside them leads nowhere. */
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
