import { formatCount, formatPercent } from '../../../event/format-numbers.ts';
import type { EventGroup } from '../../../storage/ports/site-activity.ts';
import { byBrowser, byServer, done, findMatches, isPurchase, type ObservedEvents, type Step } from './observed-events.ts';

/** The checks of reports by servers, and of purchases. */

export function checkServer({ observed, ways }: ObservedEvents): Step {
  const seen = findMatches(observed, byServer);
  const others = ways?.filter(({ reporter }) => reporter !== 'browser') ?? [];
  if (seen.events > 0 && others.length > 0 && others.every(({ via }) => via === 'import'))
    return {
      state: 'optional',
      says: "Only an import reported events. Browsers miss some purchases, so report new ones from the shop's server too.",
    };
  if (seen.events > 0) return done(seen, `${formatCount(seen.events, 'event')} of servers in the last 7 days.`);
  return {
    state: 'optional',
    says: "No server event. Browsers miss some purchases, so report purchases from the shop's server too.",
  };
}

export function checkPurchases({ observed }: ObservedEvents): Step {
  const seen = findMatches(observed, isPurchase);
  if (seen.events > 0) return done(seen, `${formatCount(seen.events, 'purchase')} in the last 7 days.`);
  return { state: 'waiting', says: 'No purchase in the last 7 days. Place a test order in the shop.' };
}

/** The number of purchases from each source without which reports that do not match prove nothing. */
const fewPurchases = 3;

export function checkDeduplication({ site: { platform }, observed }: ObservedEvents): Step {
  const purchases = observed.filter(isPurchase);
  const all = findMatches(purchases, () => true);
  const joined = findMatches(purchases, (one) => byBrowser(one) && byServer(one));
  const browser = findMatches(purchases, (one) => !byServer(one));
  const server = findMatches(purchases, (one) => !byBrowser(one));
  const at = all.at === undefined ? {} : { at: all.at };
  if (all.events === 0)
    return { state: 'waiting', says: 'No purchase in the last 7 days, so there is nothing to deduplicate yet.' };
  const counts = `${formatCount(browser.events, 'purchase')} came from browsers alone, ${server.events.toLocaleString('en-GB')} from servers alone, and ${joined.events.toLocaleString('en-GB')} from both.`;
  // At most so many pairs of reports could be of one order, and did not match.
  const unmatched = Math.min(browser.events, server.events);
  if (unmatched > joined.events) {
    if (unmatched < fewPurchases) return { state: 'waiting', says: `${counts} These are too few to judge.`, ...at };
    return {
      state: 'problem',
      says: `${counts} If these are the same orders, each counts twice: send the same event id in both reports. If they are different orders, no action is needed.`,
      ...at,
    };
  }
  if (joined.events * 2 >= all.events) return done(joined, `${counts} Each counts once.`);
  if (joined.events > 0)
    return {
      state: 'waiting',
      says: `${counts} Check that ${browser.events > server.events ? 'the server or webhook' : 'the pixel'} reports each one.`,
      ...at,
    };
  if (platform === 'custom')
    return { state: 'optional', says: 'Purchases come from one source only, so there is nothing to deduplicate.' };
  return { state: 'waiting', says: browser.events > 0 ? lacksWebhook : lacksBrowser[platform], ...at };
}

const lacksWebhook = 'Only browsers report purchases. Create the webhooks, so that each purchase has both reports.';
const lacksBrowser = {
  shopify:
    'Only webhooks or servers report purchases. Connect the custom pixel, then place an order, so that a purchase has both reports.',
  woocommerce:
    "Only webhooks or servers report purchases. Check that the plugin's settings are complete, then place an order, so that a purchase has both reports.",
} as const;

export function checkIdentity({ observed, neverSent = 0 }: ObservedEvents): Step {
  // A pending purchase may still be removed, with its keys.
  const withConsent = observed.filter((one) => isPurchase(one) && one.consent.effective === 'granted');
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
