import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { secondMs } from '../../event/units.ts';

/** The simulators of the demo and of the gateway decide sooner, so that a person who tries them sees a verdict. */
const firstAfterMs = 30 * secondMs;

/** Returns the destination with its verdicts asked for within a minute, for a platform that is a simulator. */
export function askEarly(platform: BoundDestination): BoundDestination {
  return platform.receipt ? { ...platform, receipt: { ...platform.receipt, firstAfterMs } } : platform;
}
