import { z } from 'zod';
import type { DriverFault } from './engine-tests.ts';

/** The report of the test runner as JSON, with the members that are used. */
export const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ title: z.string(), fullName: z.string(), status: z.string() })),
    }),
  ),
});

export interface FileResult {
  readonly file: string;
  readonly tests: number;
  readonly passed: number;
  readonly skipped: number;
  /** The number of tests that failed by a known fault of the driver, by reason. */
  readonly notRun: Readonly<Record<string, number>>;
  /** The names of the tests that failed otherwise. */
  readonly failed: readonly string[];
  /** The names of the tests that passed despite the fault that is listed for them. */
  readonly mended: readonly string[];
}

/** Reads the results of an engine by file, in order. `root` is the folder of the project. */
export function readResults(report: unknown, faults: readonly DriverFault[], root: string): readonly FileResult[] {
  return reportSchema
    .parse(report)
    .testResults.map(({ name, message = '', assertionResults }) => {
      const file = name.replace(`${root}/`, '');
      const findFault = (title: string) => faults.find(({ tests }) => tests[file]?.includes(title));
      const failures = assertionResults.filter(({ status }) => status === 'failed');
      const passed = assertionResults.filter(({ status }) => status === 'passed');
      const notRun: Record<string, number> = {};
      for (const { title } of failures) {
        const { reason } = findFault(title) ?? {};
        if (reason !== undefined) notRun[reason] = (notRun[reason] ?? 0) + 1;
      }
      const broken = assertionResults.length === 0 || (message !== '' && failures.length === 0) ? [`the file: ${message}`] : [];
      return {
        file,
        tests: assertionResults.length,
        passed: passed.length,
        skipped: assertionResults.length - passed.length - failures.length,
        notRun,
        failed: [...failures.filter(({ title }) => !findFault(title)).map(({ fullName }) => fullName), ...broken],
        mended: passed.filter(({ title }) => findFault(title)).map(({ fullName }) => fullName),
      };
    })
    .toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** Formats results as a Markdown table with a sum, and the lists below it. */
export function formatResults(engine: string, results: readonly FileResult[]): string {
  const count = (one: FileResult) => Object.values(one.notRun).reduce((sum, each) => sum + each, 0);
  const add = (pick: (one: FileResult) => number) => results.reduce((sum, one) => sum + pick(one), 0);
  const rows = [
    ...results.map((one) => [`\`${one.file}\``, one.tests, one.passed, count(one) + one.skipped, one.failed.length]),
    [
      '**all**',
      add(({ tests }) => tests),
      add(({ passed }) => passed),
      add((one) => count(one) + one.skipped),
      add(({ failed }) => failed.length),
    ],
  ];
  const reasons: Record<string, number> = {};
  for (const { notRun } of results)
    for (const [reason, number] of Object.entries(notRun)) reasons[reason] = (reasons[reason] ?? 0) + number;
  const skipped = add((one) => one.skipped);
  if (skipped > 0) reasons['the test is for another engine'] = skipped;
  return [
    `| ${engine} | tests | passed | not run | failed |`,
    '|---|--:|--:|--:|--:|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    ...Object.entries(reasons).map(([reason, number]) => `- ${number} not run: ${reason}`),
    ...results.flatMap(({ file, failed }) => failed.map((name) => `- failed: ${file}: ${name}`)),
    ...results.flatMap(({ file, mended }) => mended.map((name) => `- passes now, remove it from the list: ${file}: ${name}`)),
  ].join('\n');
}
