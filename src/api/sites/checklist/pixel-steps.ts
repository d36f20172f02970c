import { formatCount, formatPercent } from '../../../event/format-numbers.ts';
import { nameWay } from '../../../event/report-way.ts';
import { isSignedHook } from '../../../hooks/sources.ts';
import type { EventGroup } from '../../../storage/ports/site-activity.ts';
import {
  byBrowser,
  byServer,
  countByName,
  done,
  findMatches,
  type ObservedEvents,
  type Step,
  sumEvents,
} from './observed-events.ts';
import type { StepView } from './schemas.ts';

/**
 * Returns a step for pages of domains that the site does not list, if there are any. Anyone can invent an origin, so the step is a problem
 * only until the first accepted browser event.
 */
export function domainSteps({ refusedDomains = [], observed }: ObservedEvents): readonly StepView[] {
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
export function customPixelSteps({ site, observed }: ObservedEvents): readonly StepView[] {
  if (site.platform !== 'shopify') return [];
  const seen = findMatches(observed, (one) => byBrowser(one) && checkoutNames.has(one.name));
  const step: Step =
    seen.events > 0
      ? done(seen, `${formatCount(seen.events, 'event')} of the checkout by browsers in the last 7 days.`)
      : {
          state: 'waiting',
          says: 'No browser event of the checkout in the last 7 days. Add the custom pixel, connect it, then go through the checkout.',
        };
  const head = { id: 'custom-pixel-seen', group: 'pixel', title: 'Custom pixel', guide: 'guides/shopify' } as const;
  return [{ ...head, provesGuide: true, ...step }];
}

/** The events that only Shopify's custom pixel reports: a theme does not run in the checkout. */
const checkoutNames: ReadonlySet<string> = new Set(['InitiateCheckout', 'add_payment_info', 'Purchase']);

export function checkPixel({ observed, ways, pixelLoadedAt, refusedDomains: [refused] = [], site }: ObservedEvents): Step {
  // A hook that is not signed counts as a browser, and reports no page view.
  const hasOther = site.hooks?.some((hook) => !isSignedHook(hook)) ?? false;
  const seen = findMatches(observed, (one) => byBrowser(one) && (!hasOther || one.name === 'PageView'));
  const others = ways?.filter(({ reporter }) => reporter === 'browser') ?? [];
  if (seen.events > 0 && others.length > 0 && others.every(({ via }) => via !== undefined)) {
    const names = others.map(nameWay).join(' and ');
    return { state: 'optional', says: `The pixel sent no event. Reports came from ${names}.` };
  }
  if (seen.events > 0) return done(seen, `${formatCount(seen.events, 'event')} of browsers in the last 7 days.`);
  if (refused)
    return { state: 'waiting', says: `Events of ${refused.domain} are refused, because the site does not list this domain.` };
  if (pixelLoadedAt === undefined) {
    const servers = findMatches(observed, byServer);
    return {
      state: 'waiting',
      says:
        servers.events === 0
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

export function checkPageViews({ observed }: ObservedEvents): Step {
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
  const fromBrowser = observed.some(byBrowser) ? ['browsers'] : [];
  const senders = [...fromBrowser, ...(observed.some(byServer) ? ['servers or webhooks'] : [])].join(' and ');
  const names = countByName(observed).map(({ name }) => `\`${name}\``);
  const more = names.length > listedNames ? ` and ${formatCount(names.length - listedNames, 'other name')}` : '';
  return `${formatCount(sumEvents(observed), 'event')} arrived from ${senders}: ${names.slice(0, listedNames).join(', ')}${more}.`;
}

export function checkConsent({ site, observed }: ObservedEvents): Step {
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
      says: 'No event has a consent choice, so all count as denied and none is sent. Run the consent doctor: it finds the banner, and the setting that reads it.',
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
