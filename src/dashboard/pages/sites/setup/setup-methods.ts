import type { ApiResponse, SiteSettingsView } from '../../../../api/client.ts';
import type { LoadState } from '../../../data/load-state.ts';

type Checklist = ApiResponse<'GET /api/sites/:site/checklist'>;
export type EventSource = Checklist['sources'][number]['source'];

/** A way to connect a shop, with the sources whose events it brings. */
interface SetupMethod {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly sources: readonly EventSource[];
}

export const setupMethods = [
  {
    id: 'shopify',
    label: 'Shopify',
    description: 'Theme snippet, custom pixel and webhooks',
    sources: ['browser', 'webhook'],
  },
  { id: 'woocommerce', label: 'WooCommerce', description: 'Plugin and webhooks', sources: ['browser', 'webhook'] },
  { id: 'tag-manager', label: 'Google Tag Manager', description: 'A template for your container', sources: ['browser'] },
  { id: 'page', label: 'Tag in the page', description: 'One line of HTML', sources: ['browser'] },
  {
    id: 'segment',
    label: 'Segment, RudderStack, Jitsu',
    description: 'Their SDKs, with another host',
    sources: ['browser', 'server'],
  },
  { id: 'server', label: 'Server only', description: 'Events by HTTP, without a pixel', sources: ['server'] },
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
 * The progress of one source.
 * - `waiting`: no event, and no browser loaded the pixel.
 * - `refused`: no event, and pages of a domain that the site does not list were refused.
 * - `loaded`: a browser loaded the pixel, and no event arrived. Usually it waits for consent.
 * - `no-consent`: events arrive, and none of them has consent.
 * - `receiving`: events arrive.
 * - `rejected`: a webhook was rejected. `says` has the reason and the remedy.
 */
export type SourceState =
  | { readonly state: 'waiting' }
  | { readonly state: 'refused'; readonly domain: string; readonly at: number }
  | { readonly state: 'loaded'; readonly at: number }
  | { readonly state: 'rejected'; readonly says: string; readonly at: number }
  | { readonly state: 'no-consent' | 'receiving'; readonly count: number; readonly at: number };

/** The progress of one source, if the checklist is known. Without it nothing is known about the source, not even that no event came. */
export type SourceProgress = SourceState | Exclude<LoadState<Checklist>, { readonly state: 'loaded' }>;

export function readSourceProgress(checklist: LoadState<Checklist>, source: EventSource): SourceProgress {
  return checklist.state === 'loaded' ? getSourceState(checklist.data, source) : checklist;
}

export function getSourceState(
  {
    sources,
    pixelLoadedAt,
    refusedDomains,
    steps = [],
  }: Pick<Checklist, 'sources' | 'pixelLoadedAt' | 'refusedDomains'> & Partial<Pick<Checklist, 'steps'>>,
  source: EventSource,
): SourceState {
  const secret = steps.find(({ id }) => id === 'webhooks-set');
  if (source === 'webhook' && secret?.state === 'problem' && secret.at !== undefined)
    return { state: 'rejected', says: secret.says, at: secret.at };
  const found = sources.find((one) => one.source === source);
  if (found) {
    const { count, withoutConsent, lastAt } = found;
    // A server's event waits for the choice of its visitor, so a missing choice is no fault.
    return { state: source === 'browser' && withoutConsent === count ? 'no-consent' : 'receiving', count, at: lastAt };
  }
  const [refused] = refusedDomains;
  if (source === 'browser' && refused) return { state: 'refused', domain: refused.domain, at: refused.lastAt };
  return source === 'browser' && pixelLoadedAt !== undefined ? { state: 'loaded', at: pixelLoadedAt } : { state: 'waiting' };
}
