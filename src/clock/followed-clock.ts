import type { UnixMs } from '../event/units.ts';
import type { Clock } from './clock.ts';

/** A smaller difference is left: a clock that goes back costs more. */
const toleratedMs = 1_000;

/** A clock that follows another one, such as that of the database. Jumps of the machine's clock do not move it. */
export interface FollowedClock extends Clock {
  /** Reads the other clock and follows it. Returns the milliseconds that the machine's clock is ahead of it. */
  follow(readTime: () => Promise<UnixMs>): Promise<number>;
}

/** Creates a clock that has the time of `machine` until it follows another one. */
export function createFollowedClock(machine: Clock): FollowedClock {
  let read: { readonly time: UnixMs; readonly at: number } | undefined;
  const now = () => (read ? Math.floor(read.time + machine.monotonic() - read.at) : machine.now());
  return {
    now,
    monotonic: () => machine.monotonic(),
    after: (ms, ring) => machine.after(ms, ring),
    async follow(readTime) {
      const startedAt = machine.monotonic();
      const theirs = await readTime();
      const at = machine.monotonic();
      const halfTripMs = (at - startedAt) / 2;
      const time = theirs + halfTripMs;
      // A slow answer does not prove a small difference.
      if (!read || Math.abs(time - now()) > toleratedMs + halfTripMs) read = { time, at };
      return machine.now() - time;
    },
  };
}
