import { googleAdsSimulator } from './google-ads/google-ads.ts';
import type { Simulator } from './kit/simulator.ts';
import { metaSimulator } from './meta/meta.ts';
import { microsoftSimulator } from './microsoft/microsoft.ts';
import { pinterestSimulator } from './pinterest/pinterest.ts';

/** The simulators of `convey simulate`, in the order of its help text. */
export const simulators: readonly Simulator[] = [microsoftSimulator, metaSimulator, googleAdsSimulator, pinterestSimulator];

import { tiktokSimulator } from './tiktok/tiktok.ts';
export const simulators: readonly Simulator[] = [microsoftSimulator, metaSimulator, googleAdsSimulator, tiktokSimulator];
