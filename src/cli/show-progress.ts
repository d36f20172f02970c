import { formatPercent } from '../event/format-numbers.ts';
import { currentTerminal, printNotice } from './terminal.ts';

const everyMs = 1_000;

/** Creates a progress reporter that prints to stderr, if that is a terminal, at most once a second. Work under a second prints nothing. */
export function showProgress(task: string): (done: number, total: number) => void {
  const printSometimes = limitPrints();
  return (done, total) => printSometimes(() => `${task}: ${formatPercent(done, total)}`);
}

/** Creates a reporter like `showProgress`, of several tasks whose sizes are estimates or unknown. */
export function showCounts(): (task: string, done?: number, estimate?: number) => void {
  const printSometimes = limitPrints();
  return (task, done, estimate) => {
    const counts = done === undefined ? '' : `: ${done}`;
    printSometimes(() => `${task}${counts}${estimate === undefined ? '' : ` of about ${Math.max(estimate, done ?? 0)}`}`);
  };
}

function limitPrints(): (format: () => string) => void {
  let printedAt = Date.now();
  return (format) => {
    const now = Date.now();
    if (currentTerminal().stderr.isTTY !== true || now - printedAt < everyMs) return;
    printedAt = now;
    printNotice(format());
  };
}
