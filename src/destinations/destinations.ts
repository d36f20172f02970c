import { googleAds } from './google-ads/google-ads.ts';
import type { RegisteredDestination } from './kit/destination.ts';
import { meta } from './meta/meta.ts';
import { microsoft } from './microsoft/microsoft.ts';
import { openaiAds } from './openai-ads/openai-ads.ts';
import { pinterest } from './pinterest/pinterest.ts';
import { tiktok } from './tiktok/tiktok.ts';
import { webhook } from './webhook/webhook.ts';

/** All destinations of Convey. To add one, add a folder next to this file and an entry to this list. */
export const destinations: readonly RegisteredDestination[] = [microsoft, meta, googleAds, tiktok, pinterest, openaiAds, webhook];

/** Returns the destination with this id. */
export function findDestination(id: string): RegisteredDestination | undefined {
  return destinations.find((destination) => destination.id === id);
}
