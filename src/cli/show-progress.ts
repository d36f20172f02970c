import { printNotice } from './terminal.ts';

const everyMs = 1_000;

/** Says on stderr how far a long work is: at most once a second, and nothing of a short one. */
export function showProgress(doing: string): (done: number, of: number) => void {
  let said = Date.now();
  return (done, of) => {
    const now = Date.now();
    if (now - said < everyMs) return;
    said = now;
    printNotice(`${doing}: ${Math.floor((100 * done) / Math.max(of, 1))} %`);
  };
}
