import { appendFileSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded before the gateway with `--import`: every 250 ms appends the time and the longest turn of the event loop since the last line
 * to the file `CONVEY_LOOP_WATCH`. Measures CPU time of the main thread, which a busy machine does not lengthen.
 */
const file = process.env.CONVEY_LOOP_WATCH;
if (isMainThread && file !== undefined) {
  let before = process.threadCpuUsage();
  let longestMs = 0;
  setInterval(() => {
    const now = process.threadCpuUsage();
    longestMs = Math.max(longestMs, (now.user + now.system - before.user - before.system) / 1_000);
    before = now;
  }, 2).unref();
  setInterval(() => {
    appendFileSync(file, `${Date.now()} ${longestMs}\n`);
    longestMs = 0;
  }, 250).unref();
}

/** Returns the CPU time of the longest turn of the event loop since a time, in ms. @param path the value of `CONVEY_LOOP_WATCH` */
export function readLongestTurnMs(path: string, since: number): number {
  const spans = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  return Math.max(0, ...spans.flatMap(([at = 0, ms = 0]) => (at > since ? [ms] : [])));
}
