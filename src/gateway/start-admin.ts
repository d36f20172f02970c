import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { RunningAlerts } from '../alerts/start-alerts.ts';
import type { AdminEnv } from '../api/http/handler.ts';
import { getAdminSocketPath } from '../config/config.ts';
import type { BudgetState } from '../event/browser-budget.ts';
import { describeError } from '../logger.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import { readReferencePage } from './built-assets.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import type { Maintenance } from './open-maintenance.ts';
import type { OwnSimulators } from './own-simulators.ts';
import type { BackgroundJobs } from './start-background-jobs.ts';
import type { RunningConsumers } from './start-consumers.ts';
import type { RunningIngest } from './start-ingest.ts';
import { closeServer, listenOnAdminSocket } from './startup.ts';

export interface AdminDeps {
  readonly storage: GatewayStorage;
  readonly registry: SiteRegistry;
  readonly simulators: OwnSimulators;
  readonly browserBudget: (site: string) => Promise<BudgetState>;
  readonly consumers: RunningConsumers;
  readonly maintenance: Maintenance;
  readonly ingest: RunningIngest;
  readonly jobs: BackgroundJobs;
  readonly alertSettings: AlertSettings;
  readonly alerts: RunningAlerts;
}

export interface RunningAdmin {
  readonly api: Pick<Hono<AdminEnv>, 'fetch'>;
  readonly socketPath: string;
  readonly onFault: (error: unknown) => void;
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
  const stage = { startedAt: now(), referencePage: readReferencePage(), stopping: stopping.signal, onFault };
  let app: Promise<Hono<AdminEnv>> | undefined;
  const api: RunningAdmin['api'] = {
    async fetch(...request) {
      // The modules of the API take longer to load than the gateway takes to start.
      app ??= import('./admin-api.ts').then(({ createApi }) => createApi(context, deps, stage));
      return (await app).fetch(...request);
    },
  };
  const socketPath = getAdminSocketPath(config);
  const socket = await listenOnAdminSocket(socketPath, getRequestListener(api.fetch));
  onShutdown(() => closeServer(socket));
  return { api, socketPath, onFault, endStreams: () => stopping.abort() };
}
