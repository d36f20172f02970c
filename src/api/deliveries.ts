import type { deliveryRoutes } from './delivery-routes.ts';
import type { Handlers } from './serve.ts';

/** How delivery goes, and what can be done about it. */
export function deliveryHandlers(): Pick<Handlers, keyof typeof deliveryRoutes> {
  const notYet = async (): Promise<never> => {
    throw new Error('not built');
  };
  return {
    'GET /api/totals': notYet,
    'GET /api/sites/:site/series': notYet,
    'POST /api/sites/:site/connections/:connection/replay': notYet,
    'DELETE /api/sites/:site/connections/:connection/replay': notYet,
    'GET /api/sites/:site/stream': notYet,
    'POST /api/sites/:site/connections/:connection/dead-letters/retry': notYet,
    'POST /api/sites/:site/connections/:connection/dead-letters/drop': notYet,
  };
}
