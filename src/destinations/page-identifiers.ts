import { identifiers as googleAds } from './google-ads/page-identifiers.ts';
import type { PageIdentifiers } from './kit/matching.ts';
import { identifiers as meta } from './meta/page-identifiers.ts';
import { identifiers as microsoft } from './microsoft/page-identifiers.ts';
import { identifiers as openaiAds } from './openai-ads/page-identifiers.ts';
import { identifiers as pinterest } from './pinterest/page-identifiers.ts';
import { identifiers as tiktok } from './tiktok/page-identifiers.ts';

/** The ids that the pages of a shop have, of all destinations in the order of `destinations.ts`. */
export const pageIdentifiers: readonly PageIdentifiers[] = [microsoft, meta, googleAds, tiktok, pinterest, openaiAds];
