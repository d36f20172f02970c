import type { Reporter, TestModule } from 'vitest/node';

interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly files: number;
  readonly tests: number;
  /** Sum over the files. Several workers make it longer than the span. */
  readonly workMs: number;
}

/** Prints how long each kind of test took, before the runner's summary. */
export class KindTimes implements Reporter {
  readonly #spans = new Map<string, Span>();
  readonly #startedAt = new Map<string, number>();

  onTestModuleQueued(module: TestModule): void {
    this.#startedAt.set(module.id + module.project.name, performance.now());
  }

  onTestModuleEnd(module: TestModule): void {
    const now = performance.now();
    const { name } = module.project;
    const startedAt = this.#startedAt.get(module.id + name) ?? now;
    const before = this.#spans.get(name);
    this.#spans.set(name, {
      startedAt: Math.min(startedAt, before?.startedAt ?? startedAt),
      endedAt: now,
      files: (before?.files ?? 0) + 1,
      tests: (before?.tests ?? 0) + [...module.children.allTests()].length,
      workMs: (before?.workMs ?? 0) + module.diagnostic().duration,
    });
  }

  onTestRunEnd(): void {
    const rows = [...this.#spans].map(([kind, { startedAt, endedAt, files, tests, workMs }]) => [
      kind,
      String(files),
      String(tests),
      formatSeconds(endedAt - startedAt),
      formatSeconds(workMs),
    ]);
    if (rows.length < 2) return;
    const table = [['kind', 'files', 'tests', 'time', 'sum of files'], ...rows];
    const lines = table.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(8) : cell.padStart(12))).join(' '));
    process.stdout.write(`\n${lines.join('\n')}\n`);
  }
}

function formatSeconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
