import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded before the gateway: writes every 250 ms into the file `CONVEY_LOOP_WATCH` what one turn of the event loop took at most, with the
 * time. It is the main thread's processor time, so that a busy machine does not count, which a delay by the clock would.
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
