import type { AlertSettings } from '../alerts/alert-settings.ts';
import { type RunningAlerts, startAlerts } from '../alerts/start-alerts.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { Sender } from '../delivery/sending/http-sender.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { OpenedIssues } from './issues/open-issues.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';

export interface AlertingDeps {
  readonly storage: Pick<GatewayStorage, 'store'>;
  readonly registry: SiteRegistry;
  readonly alertSettings: AlertSettings;
  readonly sender: Sender;
  readonly delivery: Pick<Delivery, 'ownsSite'>;
  readonly opened: OpenedIssues;
  readonly dashboardUrl: () => string;
}

/** Starts the checks of issues and alerts. */
export function startAlerting(
  { config, clock, logger, onShutdown }: GatewayContext,
  { storage, registry, alertSettings, sender, delivery, opened, dashboardUrl }: AlertingDeps,
): RunningAlerts {
  alertSettings.warnOfUnknownSites();
  const alerts = startAlerts({
    ...opened,
    settings: alertSettings,
    sites: () => registry.sites(),
    ownsSite: (site) => delivery.ownsSite(site),
    store: storage.store,
    send: (request) => sender.send(request),
    allowPrivateDestinations: config.allowPrivateDestinations,
    dashboardUrl,
    clock,
    logger,
  });
  onShutdown(() => alerts.stop());
  return alerts;
}
