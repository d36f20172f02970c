import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { scale } from './fault-scale.ts';

const headings = ['fault', 'scenario', 'amount', 'expected', 'observed', 'result'] as const;
const maxColumnWidth = 60;

/** Prints the results of the fault suite as a table before the runner's summary. Also writes it as Markdown to `CONVEY_FAULTS_TABLE`. */
export class FaultTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules
      .flatMap((module) => [...module.children.allTests()])
      .map(toCells)
      .filter((row) => row !== undefined)
      .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
    if (rows.length === 0) return;
    process.stdout.write(`\nFaults (${scale})\n\n${formatColumns([headings, ...rows])}\n`);
    for (const [fault, scenario, , , , result] of rows)
      if (result.startsWith('not run')) process.stdout.write(`${result} (${fault}: ${scenario})\n`);
    const file = process.env.CONVEY_FAULTS_TABLE;
    if (file !== undefined) writeFileSync(file, formatMarkdown(rows));
  }
}

type Cells = readonly [fault: string, scenario: string, amount: string, expected: string, observed: string, result: string];

function toCells(test: TestCase): Cells | undefined {
  const { fault: row, missingTool } = test.meta();
  const { state } = test.result();
  if (!row) return undefined;
  const result = missingTool === undefined ? state : `not run: ${missingTool}`;
  return [row.fault, row.scenario, row.amount, row.expected, row.observed, result];
}

function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths = headings.map((_, column) => Math.min(maxColumnWidth, Math.max(...rows.map((row) => row[column]?.length ?? 0))));
  const formatLine = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return `${rows.map(formatLine).join('\n')}\n`;
}

function formatMarkdown(rows: readonly Cells[]): string {
  const formatLine = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[formatLine(headings), formatLine(headings.map(() => '---')), ...rows.map(formatLine)].join('\n')}\n`;
}
