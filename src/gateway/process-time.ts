/** Returns milliseconds of a monotonic clock that is the same on all threads; `performance.now` counts from the start of each. */
export function readProcessTime(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
