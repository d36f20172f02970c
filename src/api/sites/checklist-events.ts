import { testEventName } from '../../event/event-names.ts';
import { formatPercent } from '../../event/format-numbers.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventGroup } from '../../storage/store/site-activity.ts';
import type { StepView } from './schemas.ts';

/** What a site's events of the last days show. */
export interface ObservedEvents {
  readonly site: Site;
  readonly observed: readonly EventGroup[];
  /** Page views among the newest reports that say that the browser tag ran. */
  readonly viewsOfTag: number;
  /** When a webhook was refused that came after the last one that was taken. */
  readonly refusedAt?: UnixMs;
}

type Step = Omit<StepView, 'id' | 'group' | 'title' | 'guide'>;

/** Events that are alike in what is asked about: how many, and when the last came. */
interface Seen {
  readonly events: number;
  readonly at?: number;
}

/** The steps that are told by events: of the pixel, of the server, and of how good both are. */
export function eventSteps(seen: ObservedEvents): readonly StepView[] {
  const real = { ...seen, observed: seen.observed.filter(({ name }) => name !== testEventName) };
  return [
    {
      id: 'pixel-seen',
      group: 'pixel',
      title: 'The pixel reports',
      guide: 'guides/add-the-pixel',
      ...pixelSeen(real),
    },
    { id: 'page-views', group: 'pixel', title: 'Page views arrive', guide: 'guides/add-the-pixel', ...pageViews(real) },
    { id: 'consent-told', group: 'pixel', title: 'What shoppers choose is told', guide: 'guides/consent', ...consentTold(real) },
    {
      id: 'uet-mode',
      group: 'pixel',
      title: 'The UET mode is that of the pages',
      guide: 'guides/dual-tracking',
      ...uetMode(real),
    },
    {
      id: 'click-ids',
      group: 'pixel',
      title: 'Clicks on ads are recognised',
      guide: 'guides/microsoft/enable-click-id-tracking',
      ...clickIds(real),
    },
    {
      id: 'server-seen',
      group: 'server',
      title: 'The server reports',
      guide: 'guides/send-from-your-server',
      ...serverSeen(real),
    },
    ...shopSteps(real),
    {
      id: 'purchase-seen',
      group: 'quality',
      title: 'A purchase was reported',
      guide: 'guides/add-the-pixel',
      ...purchaseSeen(real),
    },
    {
      id: 'copies-joined',
      group: 'quality',
      title: 'Reports of one purchase are joined',
      guide: 'guides/send-from-your-server',
      ...copiesJoined(real),
    },
    {
      id: 'person-known',
      group: 'quality',
      title: 'Purchases carry an e-mail address or a phone number',
      guide: 'guides/match-quality',
      ...personKnown(real),
    },
  ];
}

/** Of a shop that tells of its orders itself. */
function shopSteps(seen: ObservedEvents): readonly StepView[] {
  const { platform } = seen.site;
  if (platform === 'custom') return [];
  const guide = `guides/${platform}`;
  return [
    {
      id: 'webhooks-set',
      group: 'server',
      title: "The shop's webhooks can be read",
      guide,
      ...webhooksSet(seen),
    },
    { id: 'webhook-order-seen', group: 'server', title: 'The shop told of an order', guide, ...webhookOrderSeen(seen) },
  ];
}

function webhooksSet({ site: { webhooks, platform }, refusedAt }: ObservedEvents): Step {
  const shop = platform === 'shopify' ? 'Shopify' : 'WooCommerce';
  const isSet = webhooks.secrets.length > 0;
  if (refusedAt !== undefined) {
    return {
      state: 'problem',
      says: isSet
        ? `A webhook that is signed with none of the site's secrets was refused. If it is ${shop}'s, enter what it signs with now.`
        : `A webhook was refused, because the site has no secret for it. Enter what ${shop} signs with.`,
      at: refusedAt,
    };
  }
  if (isSet) return { state: 'done', says: 'What they are signed with is set.' };
  return { state: 'waiting', says: `Have ${shop} tell of its orders, and enter in the site's settings what it signs with.` };
}

function webhookOrderSeen({ observed }: ObservedEvents): Step {
  const seen = seenOf(observed, (one) => isPurchase(one) && one.reporters.includes('webhook'));
  if (seen.events > 0) return done(seen, `The shop told of ${counted(seen.events, 'order')} in the last 7 days.`);
  return { state: 'waiting', says: 'No order came by a webhook in the last 7 days. Place one in the shop, and look again.' };
}

function seenOf(observed: readonly EventGroup[], is: (one: EventGroup) => boolean): Seen {
  const alike = observed.filter(is);
  const events = alike.reduce((sum, one) => sum + one.events, 0);
  return events === 0 ? { events } : { events, at: Math.max(...alike.map(({ last }) => last)) };
}

const byBrowser = ({ reporters }: EventGroup) => reporters.includes('browser');
const byServer = ({ reporters }: EventGroup) => reporters.some((one) => one !== 'browser');
const isPurchase = ({ name }: EventGroup) => name === 'Purchase';

function done({ at }: Seen, says: string): Step {
  return { state: 'done', says, ...(at !== undefined && { at }) };
}

/** `1 event`, `1,204 events`. */
function counted(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? `1 ${one}` : `${count.toLocaleString('en-GB')} ${many}`;
}

function pixelSeen({ observed }: ObservedEvents): Step {
  const seen = seenOf(observed, byBrowser);
  if (seen.events > 0) return done(seen, `Browsers reported ${counted(seen.events, 'event')} in the last 7 days.`);
  return {
    state: 'waiting',
    says: 'No event of a browser came in the last 7 days. Paste the snippet into the head of every page, open a page of the shop, and look again.',
  };
}

function pageViews({ observed }: ObservedEvents): Step {
  const seen = seenOf(observed, (one) => byBrowser(one) && one.name === 'PageView');
  if (seen.events > 0) return done(seen, `${counted(seen.events, 'page view')} came in the last 7 days.`);
  if (seenOf(observed, byBrowser).events === 0) return { state: 'waiting', says: 'The first comes with the pixel.' };
  return {
    state: 'problem',
    says: 'Browsers report events and no page view. See that the snippet is on every page, and that no script keeps `convey` from the page.',
  };
}

function consentTold({ site, observed }: ObservedEvents): Step {
  const all = seenOf(observed, byBrowser);
  if (all.events === 0) return { state: 'waiting', says: 'Nothing shows yet whether the choice of shoppers is passed on.' };
  const count = (stated: EventGroup['consent']['stated']) =>
    seenOf(observed, (one) => byBrowser(one) && one.consent.stated === stated).events;
  const [granted, denied, unknown] = [count('granted'), count('denied'), count('unknown')];
  const silent = seenOf(
    observed,
    (one) => byBrowser(one) && one.consent.stated === 'unknown' && one.consent.effective === 'denied',
  );
  const shares = `Of ${counted(all.events, 'event')}, ${formatPercent(granted, all.events)} say granted, ${formatPercent(denied, all.events)} denied, ${formatPercent(unknown, all.events)} nothing.`;
  if (silent.events === all.events) {
    return {
      state: 'problem',
      says: `Nobody tells what shoppers choose, so every event counts as denied and none is sent. Ask the consent doctor, which gives the lines that mend it.`,
      ...(all.at !== undefined && { at: all.at }),
    };
  }
  if (granted + denied > 0) return done(all, shares);
  const policy =
    site.consent.policy === 'granted' ? 'The shop asks before it calls.' : 'Silence counts as granted where these shoppers are.';
  return done(all, `${shares} ${policy}`);
}

function uetMode({ site: { uet }, observed, viewsOfTag }: ObservedEvents): Step {
  const views = seenOf(observed, (one) => byBrowser(one) && one.name === 'PageView');
  const at = views.at === undefined ? {} : { at: views.at };
  if (views.events === 0) return { state: 'waiting', says: 'The first page view shows whether the UET tag runs on the pages.' };
  if (uet.mode === 'off') {
    if (viewsOfTag === 0) return done(views, 'The mode is `off`, and no page view says that a UET tag ran.');
    return {
      state: 'problem',
      says: 'The mode is `off`, and page views say that the UET tag ran: they would be counted twice. Set the mode to `attach`, with the number of that tag.',
      ...at,
    };
  }
  if (viewsOfTag > 0) return done(views, `The mode is \`${uet.mode}\`, and page views say that the tag ran.`);
  return {
    state: 'waiting',
    says:
      uet.mode === 'attach'
        ? 'The mode is `attach`, and no page view of late says that a UET tag ran. See that the tag is on the pages, or set the mode to `load` or `off`.'
        : 'The mode is `load`, and no page view of late says that the tag ran. It loads once a shopper agreed; accept the banner and look again.',
    ...at,
  };
}

function clickIds({ observed }: ObservedEvents): Step {
  const seen = seenOf(observed, ({ keys }) => keys.includes('msclkid'));
  if (seen.events > 0)
    return done(seen, `${counted(seen.events, 'event')} of the last 7 days carried a click of a Microsoft ad.`);
  return {
    state: 'optional',
    says: 'No event carried a click of a Microsoft ad. Open a page of the shop with `?msclkid=` and 32 hexadecimal digits behind its address, accept the banner, and look again.',
  };
}

function serverSeen({ observed }: ObservedEvents): Step {
  const seen = seenOf(observed, byServer);
  if (seen.events > 0) return done(seen, `Servers reported ${counted(seen.events, 'event')} in the last 7 days.`);
  return {
    state: 'optional',
    says: "No event of a server came. Browsers lose some purchases: let the shop's server report them too, with a secret key.",
  };
}

function purchaseSeen({ observed }: ObservedEvents): Step {
  const seen = seenOf(observed, isPurchase);
  if (seen.events > 0) return done(seen, `${counted(seen.events, 'purchase')} came in the last 7 days.`);
  return { state: 'waiting', says: 'No purchase came in the last 7 days. Buy something in the shop, and look again.' };
}

function copiesJoined({ observed }: ObservedEvents): Step {
  const purchases = observed.filter(isPurchase);
  const joined = seenOf(purchases, (one) => byBrowser(one) && byServer(one));
  const [browser, server] = [seenOf(purchases, byBrowser), seenOf(purchases, byServer)];
  if (joined.events > 0) {
    const total = purchases.reduce((sum, { events }) => sum + events, 0);
    return done(
      joined,
      `Of ${counted(total, 'purchase')}, ${counted(joined.events, 'was', 'were')} reported by browser and server, and count once.`,
    );
  }
  if (browser.events > 0 && server.events > 0) {
    return {
      state: 'problem',
      says: 'Browsers and servers both report purchases, and no two of them are of one: each counts twice. Give both the same event id, or the same order id and no event id.',
      ...(server.at !== undefined && { at: server.at }),
    };
  }
  return { state: 'optional', says: 'Only one side reports purchases, so there is nothing to join.' };
}

function personKnown({ observed }: ObservedEvents): Step {
  const purchases = seenOf(observed, (one) => isPurchase(one) && one.consent.effective !== 'denied');
  if (purchases.events === 0) return { state: 'waiting', says: 'The first purchase of somebody who agreed shows it.' };
  const known = seenOf(
    observed,
    (one) => isPurchase(one) && one.consent.effective !== 'denied' && (one.keys.includes('email') || one.keys.includes('phone')),
  );
  if (known.events > 0)
    return done(
      known,
      `${formatPercent(known.events, purchases.events)} of the purchases that may be sent carry one, as a hash.`,
    );
  return {
    state: 'problem',
    says: "No purchase that may be sent carries one, so the platform recognises fewer buyers. Pass `email` or `phone` with the purchase, or call `convey('identify', …)`; Convey hashes them.",
    ...(purchases.at !== undefined && { at: purchases.at }),
  };
}
