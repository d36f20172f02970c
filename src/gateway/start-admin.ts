import type { Hono } from 'hono';
import type { DatabaseWatch } from '../api/http/database-guard.ts';
import type { AdminEnv } from '../api/http/handler.ts';
import { getAdminSocketPath } from '../config/config.ts';
import { formatCount } from '../event/format-numbers.ts';
import { createHonoListener } from '../ingest/http/hono-listener.ts';
import { loadOnce } from '../load-once.ts';
import { describeError } from '../logger.ts';
import type { AdminDeps } from './admin-deps.ts';
import { readReferencePage } from './built-assets.ts';
import type { GatewayContext } from './gateway-context.ts';
import { listenOnAdminSocket } from './startup.ts';

export interface RunningAdmin {
  readonly api: Pick<Hono<AdminEnv>, 'fetch'>;
  readonly socketPath: string;
  readonly onFault: (error: unknown) => void;
  readonly database: DatabaseWatch | undefined;
  /** Lets each connection of the socket end with its next response. */
  readonly drain: () => void;
  /** Ends the open event streams. */
  readonly endStreams: () => void;
}

/** Starts the admin API on its local socket. @throws ConveyError */
export async function startAdmin(context: GatewayContext, deps: AdminDeps): Promise<RunningAdmin> {
  const { config, now, logger, onShutdown } = context;
  const stopping = new AbortController();
  const onFault = (error: unknown) => {
    deps.storage.damage.suspect(error);
    logger.error({ error: describeError(error) }, 'admin request fault');
  };
  const database = watchDatabase(deps);
  const stage = { database, startedAt: now(), referencePage: readReferencePage(), stopping: stopping.signal, onFault };
  // The modules of the API take longer to load than the gateway takes to start.
  const loadApp = loadOnce(async () => {
    const { createApi } = await import('./admin-api.ts');
    return createApi(context, deps, stage);
  });
  const api: RunningAdmin['api'] = {
    async fetch(...request) {
      return (await loadApp()).fetch(...request);
    },
  };
  const socketPath = getAdminSocketPath(config);
  const socket = await listenOnAdminSocket(socketPath, createHonoListener(api));
  onShutdown(() => socket.close());
  return { api, socketPath, onFault, database, drain: socket.drain, endStreams: () => stopping.abort() };
}

/** Returns the database as requests of the admin API see it. */
function watchDatabase({ storage, ingest }: AdminDeps): DatabaseWatch | undefined {
  const { answers, spool } = storage;
  if (!answers) return undefined;
  return {
    answers,
    isSuspect() {
      const { writable, appendsTo } = ingest.readiness.state();
      return !writable || appendsTo === 'spool';
    },
    describeIntake(showsNumbers) {
      if (!ingest.readiness.ready().ok) return 'Meanwhile, events are refused with 503, and their senders keep them.';
      const accepted = 'Meanwhile, events are accepted into the spool, and nothing is sent.';
      return spool && showsNumbers
        ? `${accepted} ${formatCount(spool.getState().records, 'record')} of this gateway wait there.`
        : accepted;
    },
  };
}
