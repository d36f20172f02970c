import { basename } from 'node:path';
import { errorMessage } from '../../errors.ts';
import { type IntegrityCheck, startIntegrityCheck } from '../sqlite/integrity-check.ts';
import { CorruptRowError, isCorruptionError } from '../sqlite/sqlite-errors.ts';
import { type RecoveryDeps, recordDamage } from './damage-record.ts';

export interface DamageWatch {
  /** Reads both files through, beside whatever else goes on. One look at a time. */
  check(): void;
  /** Looks where the error says that a file is damaged. Never throws. */
  suspect(error: unknown): void;
  /** The files that were found damaged. The next start salvages them. */
  damagedFiles(): readonly string[];
  stop(): Promise<void>;
}

/** Finds damage while the gateway runs, says it, and has the next start salvage what can be read. */
export function watchDamage({ dataDir, now, logger }: RecoveryDeps): DamageWatch {
  const found = new Set<string>();
  let checking: IntegrityCheck | undefined;
  let looking: Promise<void> | undefined;
  let isStopping = false;

  const lookAt = async (file: string) => {
    checking = startIntegrityCheck(file, true);
    try {
      const problems = await checking.problems;
      if (problems.length > 0) tell(file, problems);
    } catch (error) {
      if (!isStopping) logger.error({ file, error: errorMessage(error) }, 'a file could not be checked');
    }
    checking = undefined;
  };
  const tell = (file: string, problems: readonly string[]) => {
    if (found.has(basename(file))) return;
    try {
      recordDamage(file, now());
      found.add(basename(file));
      logger.error({ file, problems }, 'a file is damaged: restart Convey, which saves what can be read of it');
    } catch (error) {
      logger.error(
        { file, problems, error: errorMessage(error) },
        'a file is damaged, and no note of it can be left for the next start',
      );
    }
  };
  const lookAtAll = async () => {
    for (const file of [dataDir.log, dataDir.state]) if (!isStopping && !found.has(basename(file))) await lookAt(file);
  };
  const look = () => {
    looking ??= lookAtAll().finally(() => {
      looking = undefined;
    });
  };
  return {
    check: look,
    suspect(error) {
      if (error instanceof CorruptRowError)
        tell(dataDir.state, [error.message]); // of a row SQLite itself finds nothing wrong
      else if (isCorruptionError(error)) look();
    },
    damagedFiles: () => [...found],
    async stop() {
      isStopping = true;
      await checking?.stop();
      await looking;
    },
  };
}
