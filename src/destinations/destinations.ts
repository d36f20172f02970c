import type { RegisteredDestination } from './kit/destination.ts';
import { microsoft } from './microsoft/microsoft.ts';

/** Every platform that Convey delivers to. To add one: a folder beside this file, and a line here. */
export const destinations: readonly RegisteredDestination[] = [microsoft];

/** The destination that a connection's `destination` names. */
export function findDestination(id: string): RegisteredDestination | undefined {
  return destinations.find((destination) => destination.id === id);
}
