import type { Handlers } from './serve.ts';
import type { siteRoutes } from './site-routes.ts';

/** Sites and their settings. */
export function siteHandlers(): Pick<Handlers, keyof typeof siteRoutes> {
  const notYet = async (): Promise<never> => {
    throw new Error('not built');
  };
  return {
    'GET /api/destinations': notYet,
    'GET /api/sites': notYet,
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
