import type { Site } from '../event/site.ts';
import type { Handlers } from './serve.ts';
import type { SiteSettingsView } from './site-answers.ts';
import type { siteRoutes } from './site-routes.ts';

/** Sites and their settings. */
export function siteHandlers(sites: () => readonly Site[]): Pick<Handlers, keyof typeof siteRoutes> {
  const notYet = async (): Promise<never> => {
    throw new Error('not built');
  };
  return {
    'GET /api/destinations': notYet,
    'GET /api/sites': async () => sites().map(interim),
    'POST /api/sites': notYet,
    'GET /api/sites/:site': notYet,
    'PATCH /api/sites/:site': notYet,
    'DELETE /api/sites/:site': notYet,
    'POST /api/sites/:site/keys': notYet,
    'DELETE /api/sites/:site/keys/:key': notYet,
    'PUT /api/sites/:site/connections/:connection': notYet,
    'DELETE /api/sites/:site/connections/:connection': notYet,
    'POST /api/sites/:site/try-connection': notYet,
    'GET /api/sites/:site/checklist': notYet,
    'POST /api/sites/:site/doctor': notYet,
  };
}

function interim(site: Site): SiteSettingsView {
  const { id, name, domains, platform, writeKey, consent, bots, uet, purchaseHoldSeconds, connections } = site;
  return {
    id,
    name,
    origin: 'file',
    revision: '1',
    domains,
    platform,
    writeKey,
    oldWriteKeys: [],
    secretKeys: [{ id: 'k1' }],
    consent,
    bots,
    uet,
    purchaseHoldSeconds,
    pixel: { url: `https://data.shop.example/p.js?k=${writeKey}`, isGuess: true },
    connections: connections.map(({ id, destination, enabled, settings: { token: _, ...settings } }) => ({
      id,
      destination,
      enabled,
      origin: 'file',
      settings,
      secrets: ['token'],
      isLive: false,
    })),
  };
}
