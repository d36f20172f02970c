import { printNotice } from './terminal.ts';

const everyMs = 1_000;

/** Creates a progress reporter that prints to stderr at most once a second. Work under a second prints nothing. */
export function showProgress(task: string): (done: number, total: number) => void {
  let printedAt = Date.now();
  return (done, total) => {
    const now = Date.now();
    if (now - printedAt < everyMs) return;
    printedAt = now;
    printNotice(`${task}: ${Math.floor((100 * done) / Math.max(total, 1))} %`);
  };
}
