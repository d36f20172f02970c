/** Loaded before a gateway with `--import`: its timers of a whole minute take a second, so that its rounds of accounts follow each other soon. */
const { setTimeout: setTimer } = globalThis;
const [minuteMs, shortMs] = [60_000, 1_000];
globalThis.setTimeout = Object.assign(
  (callback: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) =>
    setTimer(callback, ms === minuteMs ? shortMs : ms, ...given),
  setTimer,
);
