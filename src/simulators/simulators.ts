import { googleAdsSimulator } from './google-ads/simulator.ts';
import type { Simulator } from './kit/simulator.ts';
import { metaSimulator } from './meta/simulator.ts';
import { microsoftSimulator } from './microsoft/simulator.ts';
import { openaiSimulator } from './openai-ads/simulator.ts';
import { pinterestSimulator } from './pinterest/simulator.ts';
import { tiktokSimulator } from './tiktok/simulator.ts';
import { webhookSimulator } from './webhook/simulator.ts';

/** The simulators of `convey simulate`, in the order of its help text. */
export const simulators: readonly Simulator[] = [
  microsoftSimulator,
  metaSimulator,
  googleAdsSimulator,
  tiktokSimulator,
  pinterestSimulator,
  openaiSimulator,
  webhookSimulator,
];
