import type { ActivityRecorder } from '../activity/activity-recorder.ts';
import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { RunningAlerts } from '../alerts/start-alerts.ts';
import type { BudgetState } from '../event/browser-budget.ts';
import type { IssueList } from '../issues/issue-list.ts';
import type { GrantSecrets } from '../platform-accounts/grant-secrets.ts';
import type { KeyRing } from '../sites/key-ring.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import type { Maintenance } from './open-maintenance.ts';
import type { OwnSimulators } from './own-simulators.ts';
import type { BackgroundJobs } from './start-background-jobs.ts';
import type { RunningConsumers } from './start-consumers.ts';
import type { RunningIngest } from './start-ingest.ts';

/** The parts of the gateway that the admin API shows and changes. */
export interface AdminDeps {
  readonly storage: GatewayStorage;
  readonly registry: SiteRegistry;
  readonly keys: KeyRing;
  readonly grantSecrets: GrantSecrets;
  readonly recorder: ActivityRecorder;
  readonly simulators: OwnSimulators;
  readonly browserBudget: (site: string) => Promise<BudgetState>;
  readonly consumers: RunningConsumers;
  readonly maintenance: Maintenance;
  readonly ingest: RunningIngest;
  readonly jobs: BackgroundJobs;
  readonly alertSettings: AlertSettings;
  readonly alerts: RunningAlerts;
  readonly issues: IssueList;
  /** Returns the URL under which browsers open the dashboard. Undefined until its port is open. */
  readonly getDashboardUrl: () => string | undefined;
}
