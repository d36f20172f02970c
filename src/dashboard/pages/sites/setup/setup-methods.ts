import type { ApiResponse, SiteSettingsView } from '../../../../api/client.ts';
import type { LoadState } from '../../../data/load-state.ts';

type Checklist = ApiResponse<'GET /api/sites/:site/checklist'>;
type ReportedWay = Checklist['ways'][number];

/** The ways in, each with the reports that prove it and its texts. */
export const wayTexts = {
  pixel: {
    matches: ({ reporter, via }) => reporter === 'browser' && via === undefined,
    events: 'pixel events',
    one: 'pixel event',
    action: 'Complete the steps below, then open a page of the shop and accept its consent banner.',
  },
  webhook: {
    matches: ({ reporter, via }) => reporter === 'webhook' && via === undefined,
    events: 'webhooks',
    one: 'webhook',
    action: 'Create the webhooks, then place a test order in the shop.',
  },
  server: {
    matches: ({ reporter, via }) => reporter === 'server' && via === undefined,
    events: 'server events',
    one: 'server event',
    action: 'Create a secret key, then send the example below.',
  },
  segment: {
    matches: ({ via }) => via === 'segment',
    events: 'events of a Segment SDK',
    one: 'event of a Segment SDK',
    action: 'Complete the steps below, then open a page of the shop and accept its consent banner.',
  },
  stripe: {
    matches: ({ via }) => via === 'stripe' || (via?.startsWith('stripe-') ?? false),
    events: 'events of Stripe',
    one: 'event of Stripe',
    action: 'Complete the steps below, then buy something in test mode.',
  },
  recharge: {
    matches: ({ via }) => via === 'recharge',
    events: 'webhooks of Recharge',
    one: 'webhook of Recharge',
    action: 'Complete the steps below, then cancel a subscription of a test customer.',
  },
  import: {
    matches: ({ via }) => via === 'import',
    events: 'events of an import',
    one: 'event of an import',
    action: 'Check the file with the first command below, then import it.',
  },
  hook: {
    matches: ({ via }) => via?.startsWith('hook:') ?? false,
    events: 'events of hooks',
    one: 'event of a hook',
    action: 'Complete the steps below, then let the service send a test request.',
  },
} as const satisfies Record<string, WayInTexts>;

interface WayInTexts {
  readonly matches: (way: Pick<ReportedWay, 'reporter' | 'via'>) => boolean;
  readonly events: string;
  readonly one: string;
  /** The next step until the first report. */
  readonly action: string;
}

export type WayInId = keyof typeof wayTexts;

/** A way to connect a shop, with the ways in by which its events come. A file has none that can be waited for. */
interface SetupMethod {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly ways: readonly WayInId[];
}

export const setupMethods = [
  {
    id: 'shopify',
    label: 'Shopify',
    description: 'Theme snippet, custom pixel and webhooks',
    ways: ['pixel', 'webhook'],
  },
  { id: 'woocommerce', label: 'WooCommerce', description: 'Plugin and webhooks', ways: ['pixel', 'webhook'] },
  { id: 'tag-manager', label: 'Google Tag Manager', description: 'A template for your container', ways: ['pixel'] },
  { id: 'data-layer', label: 'GA4 dataLayer', description: 'One line, and events that the shop writes', ways: ['pixel'] },
  { id: 'page', label: 'Tag in the page', description: 'One line of HTML', ways: ['pixel'] },
  { id: 'segment', label: 'Segment, RudderStack, Jitsu', description: 'Their SDKs, with another host', ways: ['segment'] },
  { id: 'stripe', label: 'Stripe', description: 'Checkout, Payment Links, subscriptions', ways: ['stripe'] },
  { id: 'recharge', label: 'Recharge', description: 'Subscriptions of a shop', ways: ['recharge'] },
  { id: 'hook', label: 'Other services', description: 'HubSpot, Calendly, Typeform, any hook', ways: ['hook'] },
  { id: 'server', label: 'Server only', description: 'Events by HTTP, without a pixel', ways: ['server'] },
  { id: 'import', label: 'Import old orders', description: 'A CSV or JSON Lines file, once', ways: ['import'] },
] as const satisfies readonly SetupMethod[];

export type SetupMethodId = (typeof setupMethods)[number]['id'];

/** Reads the method of the page's URL. */
export function parseSetupSearch({ method }: Readonly<Record<string, unknown>>): { readonly method?: SetupMethodId } {
  const known = setupMethods.find(({ id }) => id === method);
  return known ? { method: known.id } : {};
}

/** Returns the method of the site's platform. */
export function getDefaultMethod({ platform }: Pick<SiteSettingsView, 'platform'>): SetupMethodId {
  return platform === 'custom' ? 'page' : platform;
}

/**
 * The progress of one way in.
 * - `waiting`: no report, and no browser loaded the pixel.
 * - `refused`: no report, and pages of a domain that the site does not list were refused.
 * - `loaded`: a browser loaded the pixel, and no event arrived. Usually it waits for consent.
 * - `no-consent`: reports arrive, and none of them has consent.
 * - `receiving`: reports arrive.
 * - `quiet`: reports arrived, and none in the last 24 hours.
 * - `rejected`: a webhook was rejected. `says` has the reason and the remedy.
 */
export type WayState =
  | { readonly state: 'waiting' }
  | { readonly state: 'refused'; readonly domain: string; readonly at: number }
  | { readonly state: 'loaded' | 'quiet'; readonly at: number }
  | { readonly state: 'rejected'; readonly says: string; readonly at: number }
  | { readonly state: 'no-consent' | 'receiving'; readonly count: number; readonly at: number };

/** The progress of one way in, if the checklist is known. Without it nothing is known, not even that no report came. */
export type WayProgress = WayState | Exclude<LoadState<Checklist>, { readonly state: 'loaded' }>;

export function readWayProgress(checklist: LoadState<Checklist>, way: WayInId): WayProgress {
  return checklist.state === 'loaded' ? getWayState(checklist.data, way) : checklist;
}

export function getWayState(
  {
    ways,
    pixelLoadedAt,
    refusedDomains,
    steps = [],
  }: Pick<Checklist, 'ways' | 'pixelLoadedAt' | 'refusedDomains'> & Partial<Pick<Checklist, 'steps'>>,
  way: WayInId,
): WayState {
  const secret = steps.find(({ id }) => id === 'webhooks-set');
  if (way === 'webhook' && secret?.state === 'problem' && secret.at !== undefined)
    return { state: 'rejected', says: secret.says, at: secret.at };
  const found = ways.filter(wayTexts[way].matches);
  const sum = (count: (one: ReportedWay) => number) => found.reduce((all, one) => all + count(one), 0);
  const count = sum((one) => one.count);
  const at = Math.max(...found.map(({ lastAt }) => lastAt));
  // A server's event waits for the choice of its visitor, so a missing choice is no fault.
  if (count > 0)
    return { state: way === 'pixel' && sum((one) => one.withoutConsent) === count ? 'no-consent' : 'receiving', count, at };
  if (found.length > 0) return { state: 'quiet', at };
  const [refused] = refusedDomains;
  if (refused && (way === 'pixel' || way === 'segment')) return { state: 'refused', domain: refused.domain, at: refused.lastAt };
  return way === 'pixel' && pixelLoadedAt !== undefined ? { state: 'loaded', at: pixelLoadedAt } : { state: 'waiting' };
}
