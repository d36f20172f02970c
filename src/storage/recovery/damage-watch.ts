import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { errorMessage } from '../../errors.ts';
import { type IntegrityCheck, startIntegrityCheck } from '../sqlite/integrity-check.ts';
import { CorruptRowError, isCorruptionError } from '../sqlite/sqlite-errors.ts';
import { type RecoveryDeps, recordDamage } from './damage-record.ts';

export interface DamageWatch {
  /** Starts an integrity check of both files, unless one is running. */
  check(): void;
  /** Starts a check if the error reports a damaged file. Never throws. */
  suspect(error: unknown): void;
  /** Returns the names of the damaged files. The next start salvages them. */
  damagedFiles(): readonly string[];
  stop(): Promise<void>;
}

/** Finds damage while the gateway runs, logs it, and records it for the next start. */
export function watchDamage({ dataDir, now, logger }: RecoveryDeps): DamageWatch {
  const found = new Set<string>();
  let running: IntegrityCheck | undefined;
  let checking: Promise<void> | undefined;
  let isStopping = false;

  const checkFile = async (file: string) => {
    running = startIntegrityCheck(file, true);
    try {
      const problems = await running.problems;
      if (problems.length > 0) report(file, problems);
    } catch (error) {
      if (!isStopping) logger.error({ file, error: errorMessage(error) }, 'integrity check failed');
    }
    running = undefined;
  };
  const report = (file: string, problems: readonly string[]) => {
    if (found.has(basename(file))) return;
    try {
      recordDamage(file, now());
      found.add(basename(file));
      logger.error({ file, problems }, 'file damaged: restart Convey to salvage it');
    } catch (error) {
      logger.error({ file, problems, error: errorMessage(error) }, 'file damaged, but the damage record could not be written');
    }
  };
  const checkAll = async () => {
    // A data folder with a spool has no state.
    const files = existsSync(dataDir.state) ? [dataDir.log, dataDir.state] : [dataDir.log];
    for (const file of files) if (!isStopping && !found.has(basename(file))) await checkFile(file);
  };
  const check = () => {
    checking ??= checkAll().finally(() => {
      checking = undefined;
    });
  };
  return {
    check,
    suspect(error) {
      if (error instanceof CorruptRowError)
        report(dataDir.state, [error.message]); // SQLite's own check does not find a corrupt row
      else if (isCorruptionError(error)) check();
    },
    damagedFiles: () => [...found],
    async stop() {
      isStopping = true;
      await running?.stop();
      await checking;
    },
  };
}
