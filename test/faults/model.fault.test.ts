import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';
import { openSqliteLog } from '../../src/storage/log/sqlite-log.ts';
import { openSqliteStore } from '../../src/storage/store/sqlite/sqlite-store.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { checkAgainstModel, type ModelledStorage, type StorageEngine } from './storage-model.ts';

const sequences = pickByScale({ part: 8, whole: 500, nightly: 20_000 });
const now = () => 1_795_514_400_000;

/** Log and store on temporary files. */
class FileEngine implements StorageEngine {
  readonly hasOneOrder = true;
  readonly #dir = mkdtempSync(join(tmpdir(), 'convey-model-'));
  readonly #abandoned: ModelledStorage[] = [];
  #round = 0;

  async open(): Promise<ModelledStorage> {
    const log = await openSqliteLog(join(this.#dir, `log-${this.#round}.db`), { now });
    const store = await openSqliteStore(join(this.#dir, `state-${this.#round}.db`), { now });
    const close = async () => {
      await log.close();
      await store.close();
    };
    return { log, store, close };
  }

  /** Copies the files in their present state. The copies are opened next. */
  async kill(opened: ModelledStorage): Promise<void> {
    this.#abandoned.push(opened);
    this.#round += 1;
    for (const name of ['log', 'state'])
      for (const part of ['', '-wal']) {
        const source = join(this.#dir, `${name}-${this.#round - 1}.db${part}`);
        if (existsSync(source)) cpSync(source, join(this.#dir, `${name}-${this.#round}.db${part}`));
      }
  }

  async dispose(): Promise<void> {
    for (const one of this.#abandoned) await one.close();
    rmSync(this.#dir, { recursive: true });
  }
}

it('log and store match a model of them after random operations and kills', {
  timeout: 60_000 + sequences * 5_000,
}, async (context) => {
  const steps = await checkAgainstModel(sequences, async () => new FileEngine());
  addFaultRow(context, {
    fault: 'B5',
    scenario: 'random append, read, commit, kill, trim, replay, redact, takeover against a model in memory',
    amount: `${sequences} sequences, ${steps} steps`,
    expected: 'L1 to L7',
    observed: 'no difference',
  });
});
