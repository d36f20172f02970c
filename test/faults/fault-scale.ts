import type { TestContext } from 'vitest';

/** The extent of a run: a part of about 2 minutes in `npm test`, the whole fault plan in `npm run faults`, or more repetitions at night. */
export const scales = ['part', 'whole', 'nightly'] as const;

type Scale = (typeof scales)[number];

const requestedScale = process.env.CONVEY_FAULTS;
export const scale: Scale = scales.find((one) => one === requestedScale) ?? 'part';

/** Returns the number for the current scale. */
export function pickByScale(numbers: Readonly<Record<Scale, number>>): number {
  return numbers[scale];
}

/** A row of the table that is printed at the end of a run. */
export interface FaultRow {
  /** Its number in the fault plan: `F7`, `B2`. */
  readonly fault: string;
  readonly scenario: string;
  /** The number of injected faults, with the unit: `25 kills`. */
  readonly amount: string;
  /** The expected result, with the bound. */
  readonly expected: string;
  readonly observed: string;
}

declare module 'vitest' {
  interface TaskMeta {
    fault?: FaultRow;
    /** The tool that this machine lacks. */
    missingTool?: string;
  }
}

/** Adds a row to the table. The table reads the result from the test. */
export function addFaultRow({ task }: TestContext, row: FaultRow): void {
  task.meta.fault = row;
}

/** Skips a test for which this machine lacks a tool, and records that in the table. */
export function skipWithoutTool({ task, skip }: TestContext, fault: string, tool: string): never {
  task.meta.fault = { fault, scenario: task.name, amount: '', expected: '', observed: '' };
  task.meta.missingTool = tool;
  return skip(`not run: ${tool}`);
}
