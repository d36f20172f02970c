import type { Reporter, TestModule } from 'vitest/node';

interface Total {
  readonly files: number;
  readonly tests: number;
  readonly ms: number;
}

/** Prints how long the files of each kind of test took, before the runner's summary. Several workers share this time. */
export class KindTimes implements Reporter {
  readonly #totals = new Map<string, Total>();

  onTestModuleEnd(module: TestModule): void {
    const [, kind = 'unit'] = /\.(database|gateway|browser|fault|load)\.test\./.exec(module.moduleId) ?? [];
    const { files, tests, ms } = this.#totals.get(kind) ?? { files: 0, tests: 0, ms: 0 };
    this.#totals.set(kind, {
      files: files + 1,
      tests: tests + [...module.children.allTests()].length,
      ms: ms + module.diagnostic().duration,
    });
  }

  onTestRunEnd(): void {
    if (this.#totals.size < 2) return;
    const rows = [...this.#totals].map(([kind, { files, tests, ms }]) => [kind, files, tests, `${Math.round(ms / 1_000)} s`]);
    const table = [['kind', 'files', 'tests', 'time of the files'], ...rows];
    const lines = table.map((row) =>
      row.map((cell, at) => (at === 0 ? String(cell).padEnd(8) : String(cell).padStart(18))).join(' '),
    );
    process.stdout.write(`\n${lines.join('\n')}\n`);
  }
}
