import type { RegisteredDestination } from './kit/destination.ts';
import { meta } from './meta/meta.ts';
import { microsoft } from './microsoft/microsoft.ts';
import { pinterest } from './pinterest/pinterest.ts';

/** All destinations of Convey. To add one, add a folder next to this file and an entry to this list. */
export const destinations: readonly RegisteredDestination[] = [microsoft, meta, pinterest];

/** Returns the destination with this id. */
export function findDestination(id: string): RegisteredDestination | undefined {
  return destinations.find((destination) => destination.id === id);
}
