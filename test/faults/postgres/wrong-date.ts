/**
 * Loaded before a gateway with `--import`: its clock differs by `CONVEY_CLOCK_OFFSET_MS`. `SIGUSR2` sets it right, and the next one sets it
 * wrong again. Its timers are unaffected, as when a system clock is set.
 */
const RightDate = Date;
const offsetMs = Number(process.env.CONVEY_CLOCK_OFFSET_MS ?? 0);
let isWrong = true;
process.on('SIGUSR2', () => {
  isWrong = !isWrong;
});

class WrongDate extends RightDate {
  constructor(...parts: unknown[]) {
    if (parts.length === 0) super(WrongDate.now());
    else super(...(parts as [number]));
  }

  static override now(): number {
    return RightDate.now() + (isWrong ? offsetMs : 0);
  }
}
globalThis.Date = WrongDate as DateConstructor;
