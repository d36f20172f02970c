import type { TestContext } from 'vitest';

/** How much of the fault plan runs: a part of about 2 minutes in `npm test`, all of it in `npm run faults`, more of it at night. */
export const scales = ['part', 'whole', 'nightly'] as const;

type Scale = (typeof scales)[number];

const asked = process.env.CONVEY_FAULTS;
export const scale: Scale = scales.find((one) => one === asked) ?? 'part';

/** How often, or how much, at this scale. */
export function sized(sizes: Readonly<Record<Scale, number>>): number {
  return sizes[scale];
}

/** A line of the table that is printed at the end of a run. */
export interface FaultRow {
  /** Its number in the plan: `F7`, `B2`. */
  readonly fault: string;
  readonly what: string;
  /** How often it was done to the gateway, with the unit: `25 kills`. */
  readonly times: string;
  /** What has to hold, with the figure. */
  readonly holds: string;
  /** What was seen. */
  readonly seen: string;
}

declare module 'vitest' {
  interface TaskMeta {
    fault?: FaultRow;
    /** The tool that this machine lacks. */
    notRun?: string;
  }
}

/** Puts a line into the table. Whether it passed is the test's to say. */
export function tell({ task }: TestContext, row: FaultRow): void {
  task.meta.fault = row;
}

/** Ends a test that this machine has no tool for; the table says so. */
export function notRun({ task, skip }: TestContext, fault: string, tool: string): never {
  task.meta.fault = { fault, what: task.name, times: '', holds: '', seen: '' };
  task.meta.notRun = tool;
  return skip(`not run: ${tool}`);
}
