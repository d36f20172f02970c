import { listEmbedSignals } from './embed-signals.ts';
import type { PixelSettings } from './pixel-settings.ts';
import type { Site } from './site.ts';

/** Returns the settings of the parts of the pixel that report leads. */
export function resolveLeads({ capture }: Pick<Site, 'capture'>): Pick<PixelSettings, 'embeds'> {
  const { embeds = [] } = capture ?? {};
  return { ...(embeds.length > 0 && { embeds: embeds.flatMap(listEmbedSignals) }) };
}
