import type { RegisteredDestination } from '../../destinations/kit/destination.ts';
import { testEventName } from '../../event/event-names.ts';
import { formatCount, formatPercent } from '../../event/format-numbers.ts';
import { type ClickIdKey, isClickIdKey } from '../../event/match-keys.ts';
import type { RefusedDomain, Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventGroup } from '../../storage/store/site-activity.ts';
import type { StepView } from './schemas.ts';

/** The observed events of the last days. */
export interface ObservedEvents {
  readonly site: Site;
  /** The platforms of the site's connections. If there is none, those whose tag is on the pages. */
  readonly platforms: readonly RegisteredDestination[];
  readonly observed: readonly EventGroup[];
  /** Number of page views among the newest records on which the browser tag ran. */
  readonly viewsOfTags: Readonly<Record<string, number>>;
  /** The domains whose pages were refused, the most frequent first. */
  readonly refusedDomains?: readonly RefusedDomain[];
  /** When a browser last loaded the pixel since the gateway started. */
  readonly pixelLoadedAt?: UnixMs;
  /** Number of purchases without e-mail address and phone number that are never sent, such as test orders. Default: none. */
  readonly neverSent?: number;
  /** When a webhook was rejected after the last accepted one. */
  readonly refusedAt?: UnixMs;
}

type Step = Omit<StepView, 'id' | 'group' | 'title' | 'guide'>;

/** The number of matching events, and the time of the last one. */
interface Matches {
  readonly events: number;
  readonly at?: number;
}

/** Returns the steps of the pixel, of the server, and of data quality. */
export function eventSteps(seen: ObservedEvents): readonly StepView[] {
  const real = { ...seen, observed: seen.observed.filter(({ name }) => name !== testEventName) };
  return [
    {
      id: 'pixel-seen',
      group: 'pixel',
      title: 'Pixel events',
      guide: 'guides/add-the-pixel',
      ...checkPixel(real),
    },
    ...domainSteps(seen),
    { id: 'page-views', group: 'pixel', title: 'Page views', guide: 'guides/add-the-pixel', ...checkPageViews(real) },
    { id: 'consent-told', group: 'pixel', title: 'Consent choices', guide: 'guides/consent', ...checkConsent(real) },
    ...customPixelSteps(real),
    ...platformSteps(real),
    {
      id: 'server-seen',
      group: 'server',
      title: 'Server events',
      guide: 'guides/send-from-your-server',
      ...checkServer(real),
    },
    ...webhookSteps(real),
    {
      id: 'purchase-seen',
      group: 'quality',
      title: 'Purchases',
      guide: 'guides/add-the-pixel',
      ...checkPurchases(real),
    },
    {
      id: 'copies-joined',
      group: 'quality',
      title: 'Deduplicated purchases',
      guide: 'guides/send-from-your-server',
      ...checkDeduplication(real),
    },
    {
      id: 'person-known',
      group: 'quality',
      title: 'Purchases with an e-mail address or phone number',
      guide: 'guides/match-quality',
      ...checkIdentity(real),
    },
  ];
}

/**
 * Returns a step for pages of domains that the site does not list, if there are any. Anyone can invent an origin, so the step is a problem
 * only until the first accepted browser event.
 */
function domainSteps({ refusedDomains = [], observed }: ObservedEvents): readonly StepView[] {
  const [most, ...others] = refusedDomains;
  if (!most) return [];
  const more = others.length === 0 ? '' : ` The same applies to ${formatCount(others.length, 'other domain')}.`;
  return [
    {
      id: 'domains',
      group: 'pixel',
      title: 'Unlisted domain',
      guide: 'guides/sites-in-the-dashboard',
      state: observed.some(byBrowser) ? 'optional' : 'problem',
      says: `Pages of ${most.domain} send events, but the site does not list this domain. ${formatCount(most.requests, 'request was', 'requests were')} refused.${more} Add the domain if it is yours.`,
      at: most.lastAt,
    },
  ];
}

/** Returns the step of Shopify's custom pixel. */
function customPixelSteps({ site, observed }: ObservedEvents): readonly StepView[] {
  if (site.platform !== 'shopify') return [];
  const seen = findMatches(observed, (one) => byBrowser(one) && checkoutNames.has(one.name));
  const step: Step =
    seen.events > 0
      ? done(seen, `${formatCount(seen.events, 'event')} of the checkout by browsers in the last 7 days.`)
      : {
          state: 'waiting',
          says: 'No browser event of the checkout in the last 7 days. Add the custom pixel, connect it, then go through the checkout.',
        };
  return [{ id: 'custom-pixel-seen', group: 'pixel', title: 'Custom pixel', guide: 'guides/shopify', ...step }];
}

/** Returns the steps of the ad platforms' tags and click ids. */
function platformSteps(seen: ObservedEvents): readonly StepView[] {
  const tagSteps = seen.platforms.flatMap(({ id, tag }): readonly StepView[] => {
    if (!tag?.page) return [];
    const title = `Mode of the ${tag.label}`;
    return [{ id: `${id}-tag-mode`, group: 'pixel', title, guide: tag.page.guide, ...checkTagMode(seen, id, tag.label) }];
  });
  const clickSteps = seen.platforms.flatMap(({ id, name, setup, matching }): readonly StepView[] => {
    const names = matching.clickIds.map((kind) => kind.name).filter(isClickIdKey);
    if (names.length === 0) return [];
    const guide = setup?.guides.clickIds;
    const step = { id: `${id}-click-ids`, group: 'pixel', title: `Ad clicks of ${name}`, ...(guide && { guide }) } as const;
    return [{ ...step, ...checkClickIds(seen, names, name) }];
  });
  return [...tagSteps, ...clickSteps];
}

/** Returns the steps of a shop platform that sends webhooks. */
function webhookSteps(seen: ObservedEvents): readonly StepView[] {
  const { platform } = seen.site;
  if (platform === 'custom') return [];
  const guide = `guides/${platform}`;
  return [
    {
      id: 'webhooks-set',
      group: 'server',
      title: 'Webhook secret',
      guide,
      ...checkWebhookSecret(seen),
    },
    { id: 'webhook-order-seen', group: 'server', title: 'Orders by webhook', guide, ...checkWebhookOrders(seen) },
  ];
}

function checkWebhookSecret({ site: { webhooks, platform }, refusedAt }: ObservedEvents): Step {
  const shop = platform === 'shopify' ? 'Shopify' : 'WooCommerce';
  const isSet = webhooks.secrets.length > 0;
  if (refusedAt !== undefined) {
    return {
      state: 'problem',
      says: isSet
        ? `A webhook was rejected, because its signature matches no secret of the site. Add the secret that ${shop} shows now.`
        : `A webhook was rejected, because the site has no webhook secret. Add the secret of ${shop}.`,
      at: refusedAt,
    };
  }
  if (isSet) return { state: 'done', says: 'A webhook secret is set.' };
  return {
    state: 'waiting',
    says: `No secret. Create the webhooks in ${shop}, and add their secret in the settings of the site.`,
  };
}

function checkWebhookOrders({ observed }: ObservedEvents): Step {
  const seen = findMatches(observed, (one) => isPurchase(one) && one.reporters.includes('webhook'));
  if (seen.events > 0) return done(seen, `${formatCount(seen.events, 'order')} by webhook in the last 7 days.`);
  return {
    state: 'waiting',
    says: 'No order by webhook in the last 7 days. Place an order in the shop.',
  };
}

function findMatches(observed: readonly EventGroup[], is: (one: EventGroup) => boolean): Matches {
  const alike = observed.filter(is);
  const events = alike.reduce((sum, one) => sum + one.events, 0);
  return events === 0 ? { events } : { events, at: Math.max(...alike.map(({ last }) => last)) };
}

const byBrowser = ({ reporters }: EventGroup) => reporters.includes('browser');
const byServer = ({ reporters }: EventGroup) => reporters.some((one) => one !== 'browser');
/** The events that only Shopify's custom pixel reports: a theme does not run in the checkout. */
const checkoutNames: ReadonlySet<string> = new Set(['InitiateCheckout', 'add_payment_info', 'Purchase']);
const isPurchase = ({ name }: EventGroup) => name === 'Purchase';

function done({ at }: Matches, says: string): Step {
  return { state: 'done', says, ...(at !== undefined && { at }) };
}

function checkPixel({ observed, pixelLoadedAt, refusedDomains: [refused] = [], site }: ObservedEvents): Step {
  const seen = findMatches(observed, byBrowser);
  if (seen.events > 0) return done(seen, `${formatCount(seen.events, 'event')} of browsers in the last 7 days.`);
  if (refused)
    return { state: 'waiting', says: `Events of ${refused.domain} are refused, because the site does not list this domain.` };
  if (pixelLoadedAt === undefined) {
    const others = findMatches(observed, byServer);
    return {
      state: 'waiting',
      says:
        others.events === 0
          ? 'No browser event in the last 7 days. Add the snippet, then open a page of the shop.'
          : `No browser event in the last 7 days. ${describeArrivals(observed)} To report page views and ad clicks as well, add the snippet.`,
    };
  }
  return {
    state: 'waiting',
    says:
      site.consent.policy === 'granted'
        ? 'A browser loaded the pixel, but sent no event. Check that the request `e` is not blocked.'
        : "A browser loaded the pixel, which now waits for the shopper's consent. Accept the consent banner. If the page has none, report the choice with `convey('consent', …)`.",
    at: pixelLoadedAt,
  };
}

function checkPageViews({ observed }: ObservedEvents): Step {
  const seen = findMatches(observed, (one) => byBrowser(one) && one.name === 'PageView');
  if (seen.events > 0) return done(seen, `${formatCount(seen.events, 'page view')} in the last 7 days.`);
  const others = findMatches(observed, (one) => one.name === 'PageView');
  if (others.events > 0)
    return done(others, `${formatCount(others.events, 'page view')} of servers in the last 7 days, none of the pixel.`);
  if (observed.length === 0) return { state: 'waiting', says: 'No page view yet. The pixel reports page views automatically.' };
  const says = `${describeArrivals(observed)} None is a page view.`;
  if (findMatches(observed, byBrowser).events === 0)
    return { state: 'waiting', says: `${says} The pixel reports page views automatically.` };
  return {
    state: 'problem',
    says: `${says} If your own code sends the events, send \`PageView\` as well. If the pixel sends them, check that no code replaces \`window.convey\`.`,
  };
}

const listedNames = 3;

/** Describes the events that arrived: their number, their senders and the most frequent names. */
function describeArrivals(observed: readonly EventGroup[]): string {
  const { events } = findMatches(observed, () => true);
  const fromBrowser = observed.some(byBrowser) ? ['browsers'] : [];
  const senders = [...fromBrowser, ...(observed.some(byServer) ? ['servers or webhooks'] : [])].join(' and ');
  const names = [...Map.groupBy(observed, ({ name }) => name)]
    .map(([name, alike]) => ({ name, count: alike.reduce((sum, one) => sum + one.events, 0) }))
    .toSorted((a, b) => b.count - a.count)
    .map(({ name }) => `\`${name}\``);
  const more = names.length > listedNames ? ` and ${formatCount(names.length - listedNames, 'other name')}` : '';
  return `${formatCount(events, 'event')} arrived from ${senders}: ${names.slice(0, listedNames).join(', ')}${more}.`;
}

function checkConsent({ site, observed }: ObservedEvents): Step {
  const all = findMatches(observed, byBrowser);
  if (all.events === 0) return { state: 'waiting', says: 'No browser event yet, so no consent choice either.' };
  const count = (stated: EventGroup['consent']['stated']) =>
    findMatches(observed, (one) => byBrowser(one) && one.consent.stated === stated).events;
  const [granted, denied, unknown] = [count('granted'), count('denied'), count('unknown')];
  const silent = findMatches(
    observed,
    (one) => byBrowser(one) && one.consent.stated === 'unknown' && one.consent.effective === 'denied',
  );
  const shares = `${formatCount(all.events, 'event')}: ${formatPercent(granted, all.events)} granted, ${formatPercent(denied, all.events)} denied, ${formatPercent(unknown, all.events)} without a choice.`;
  if (silent.events === all.events) {
    return {
      state: 'problem',
      says: 'No event has a consent choice, so all count as denied and none is sent. Run the consent doctor for the code that fixes it.',
      ...(all.at !== undefined && { at: all.at }),
    };
  }
  if (granted + denied > 0) return done(all, shares);
  const policy =
    site.consent.policy === 'granted'
      ? 'The policy `granted` counts a missing choice as granted.'
      : 'In the regions of these shoppers, the policy counts a missing choice as granted.';
  return done(all, `${shares} ${policy}`);
}

function checkTagMode({ site: { tags }, observed, viewsOfTags }: ObservedEvents, destination: string, tag: string): Step {
  const mode = tags[destination]?.mode ?? 'off';
  const viewsOfTag = viewsOfTags[destination] ?? 0;
  const views = findMatches(observed, (one) => byBrowser(one) && one.name === 'PageView');
  const at = views.at === undefined ? {} : { at: views.at };
  if (views.events === 0) return { state: 'waiting', says: `The first page view shows whether the ${tag} runs on the pages.` };
  if (mode === 'off') {
    if (viewsOfTag === 0) return done(views, `The mode is \`off\`, and no ${tag} ran on the newest page views.`);
    return {
      state: 'problem',
      says: `The mode is \`off\`, but the ${tag} ran on page views, so they would be counted twice. Set the mode to \`attach\`, with the id of that tag.`,
      ...at,
    };
  }
  if (viewsOfTag > 0) return done(views, `The mode is \`${mode}\`, and the tag ran on page views.`);
  return {
    state: 'waiting',
    says:
      mode === 'attach'
        ? `The mode is \`attach\`, but no ${tag} ran on the newest page views. Check that the tag is on the pages, or set the mode to \`load\` or \`off\`.`
        : 'The mode is `load`, but the tag did not run on the newest page views. It loads after a shopper gives consent. Accept the consent banner and check again.',
    ...at,
  };
}

function checkClickIds({ observed }: ObservedEvents, clickIds: readonly ClickIdKey[], platform: string): Step {
  const seen = findMatches(observed, ({ keys }) => clickIds.some((one) => keys.includes(one)));
  if (seen.events > 0)
    return done(seen, `${formatCount(seen.events, 'event')} in the last 7 days had a click id of ${platform}.`);
  return {
    state: 'optional',
    says: `No event had a click id of ${platform}. To test it, open a page with \`?${clickIds[0]}=\` and a click id in its URL, and accept the consent banner.`,
  };
}

function checkServer({ observed }: ObservedEvents): Step {
  const seen = findMatches(observed, byServer);
  if (seen.events > 0) return done(seen, `${formatCount(seen.events, 'event')} of servers in the last 7 days.`);
  return {
    state: 'optional',
    says: "No server event. Browsers miss some purchases, so report purchases from the shop's server too.",
  };
}

function checkPurchases({ observed }: ObservedEvents): Step {
  const seen = findMatches(observed, isPurchase);
  if (seen.events > 0) return done(seen, `${formatCount(seen.events, 'purchase')} in the last 7 days.`);
  return { state: 'waiting', says: 'No purchase in the last 7 days. Place a test order in the shop.' };
}

function checkDeduplication({ site: { platform }, observed }: ObservedEvents): Step {
  const purchases = observed.filter(isPurchase);
  const joined = findMatches(purchases, (one) => byBrowser(one) && byServer(one));
  const [browser, server] = [findMatches(purchases, byBrowser), findMatches(purchases, byServer)];
  if (joined.events > 0) {
    const total = purchases.reduce((sum, { events }) => sum + events, 0);
    return done(
      joined,
      `Browser and server both reported ${joined.events.toLocaleString('en-GB')} of ${formatCount(total, 'purchase')}. Each counts once.`,
    );
  }
  if (browser.events > 0 && server.events > 0) {
    return {
      state: 'problem',
      says: 'Browser and server report purchases, but no two reports match, so each purchase counts twice. Send the same event id in both.',
      ...(server.at !== undefined && { at: server.at }),
    };
  }
  if (platform === 'custom')
    return { state: 'optional', says: 'Purchases come from one source only, so there is nothing to deduplicate.' };
  if (purchases.length === 0)
    return { state: 'waiting', says: 'No purchase in the last 7 days. The browser and a webhook should both report each one.' };
  return {
    state: 'waiting',
    says: browser.events > 0 ? lacksWebhook : lacksBrowser[platform],
    ...(purchases.length > 0 && { at: Math.max(...purchases.map(({ last }) => last)) }),
  };
}

const lacksWebhook = 'Only browsers report purchases. Create the webhooks, so that each purchase has both reports.';
const lacksBrowser = {
  shopify:
    'Only webhooks or servers report purchases. Connect the custom pixel, then place an order, so that a purchase has both reports.',
  woocommerce:
    "Only webhooks or servers report purchases. Check that the plugin's settings are complete, then place an order, so that a purchase has both reports.",
} as const;

function checkIdentity({ observed, neverSent = 0 }: ObservedEvents): Step {
  const withConsent = observed.filter((one) => isPurchase(one) && one.consent.effective !== 'denied');
  const hasPerson = ({ keys }: EventGroup) => keys.includes('email') || keys.includes('phone');
  const known = findMatches(withConsent, hasPerson);
  const unknown = findMatches(withConsent, (one) => !hasPerson(one));
  const lacking = Math.max(0, unknown.events - neverSent);
  if (known.events + lacking === 0) {
    const others = unknown.events === 0 ? '' : ' Test orders do not count, because their personal data is not stored.';
    return { state: 'waiting', says: `No purchase with consent yet.${others}` };
  }
  if (known.events > 0)
    return done(
      known,
      `${formatPercent(known.events, known.events + lacking)} of the purchases with consent have an e-mail address or a phone number, as a hash.`,
    );
  return {
    state: 'problem',
    says: "No purchase has an e-mail address or a phone number, so platforms match fewer buyers. Send `email` or `phone` with the purchase, or call `convey('identify', …)`.",
    ...(unknown.at !== undefined && { at: unknown.at }),
  };
}
