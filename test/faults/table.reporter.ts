import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { scale } from './fault-scale.ts';

const headings = ['fault', 'what', 'times', 'holds', 'seen', 'verdict'] as const;
const widest = 60;

/** Prints what the fault suite saw as one table, before the runner's summary; also to the file `CONVEY_FAULTS_TABLE`, as Markdown. */
export class FaultTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules
      .flatMap((module) => [...module.children.allTests()])
      .map(rowOf)
      .filter((row) => row !== undefined)
      .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
    if (rows.length === 0) return;
    process.stdout.write(`\nFaults (${scale})\n\n${aligned([headings, ...rows])}\n`);
    for (const [fault, what, , , , verdict] of rows)
      if (verdict.startsWith('not run')) process.stdout.write(`${verdict} (${fault}: ${what})\n`);
    const file = process.env.CONVEY_FAULTS_TABLE;
    if (file !== undefined) writeFileSync(file, markdown(rows));
  }
}

type Cells = readonly [fault: string, what: string, times: string, holds: string, seen: string, verdict: string];

function rowOf(test: TestCase): Cells | undefined {
  const { fault: row, notRun } = test.meta();
  const { state } = test.result();
  if (!row) return undefined;
  const verdict = notRun === undefined ? state : `not run: ${notRun}`;
  return [row.fault, row.what, row.times, row.holds, row.seen, verdict];
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = headings.map((_, column) => Math.min(widest, Math.max(...rows.map((row) => row[column]?.length ?? 0))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}

function markdown(rows: readonly Cells[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}
