import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ActivityRecorder, createActivityRecorder } from '../activity/activity-recorder.ts';
import { runPeriodically } from '../clock/run-periodically.ts';
import { minuteMs } from '../event/units.ts';
import { describeError } from '../logger.ts';
import type { PrivacyRequests } from '../privacy/privacy-requests.ts';
import { restoredName } from '../storage/backup/restore-backup.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import { recordConfigChange } from './record-config-change.ts';

/** Opens the activity: records a changed config, and the failed sign-ins of each hour. */
export async function openActivity(
  { config, clock, now, logger, onShutdown }: GatewayContext,
  { store }: Pick<GatewayStorage, 'store'>,
): Promise<ActivityRecorder> {
  const recorder = createActivityRecorder({ activity: store, now, logger });
  const logFault = (error: unknown) => logger.error({ error: describeError(error) }, 'activity not recorded');
  await recordRestore(config.dataDir, recorder).catch(logFault);
  await recordConfigChange(config, recorder).catch(logFault);
  if (!config.roles.includes('admin')) return recorder;
  const flushes = runPeriodically({
    clock,
    firstAfterMs: minuteMs,
    everyMs: minuteMs,
    round: () => recorder.flushFailedSignIns(),
    onFault: logFault,
  });
  onShutdown(async () => {
    await flushes.stop();
    await recorder.flushFailedSignIns(true);
  });
  return recorder;
}

/** Records the restore of a backup that had no activity itself. A crash before the removal of its file records it twice. */
export async function recordRestore(dataDir: string, recorder: Pick<ActivityRecorder, 'record'>): Promise<void> {
  const file = join(dataDir, restoredName);
  if (!existsSync(file)) return;
  const madeAt = Date.parse(readFileSync(file, 'utf8'));
  if (!Number.isNaN(madeAt)) await recorder.record({ kind: 'restored', actor: 'cli', madeAt });
  rmSync(file, { force: true });
}

/** Returns the privacy requests of shops, with a record of each that was carried out. */
export function recordShopRequests(
  people: Pick<PrivacyRequests, 'erase' | 'export'>,
  { record }: Pick<ActivityRecorder, 'record'>,
): Pick<PrivacyRequests, 'erase' | 'export'> {
  return {
    async erase(site, query, dryRun) {
      const result = await people.erase(site, query, dryRun);
      if (typeof result !== 'string' && !dryRun) await record({ kind: 'person-erased', actor: 'gateway', site: site.id });
      return result;
    },
    async export(site, ...of) {
      const result = await people.export(site, ...of);
      if (typeof result !== 'string') await record({ kind: 'person-exported', actor: 'gateway', site: site.id });
      return result;
    },
  };
}
