import type { BrowserConfig } from '../../event/pixel-settings.ts';
import type { Site } from '../../event/site.ts';
import { microsoft } from './microsoft.ts';
import { createBrowserConfig } from './tag-vocabulary.ts';

/**
 * Returns the browser tag's configuration, from the connection with the site's tag id. If that connection has no customer id,
 * another Microsoft connection provides it.
 */
export function getBrowserConfig({ uet, connections }: Site): BrowserConfig {
  const ofMicrosoft = connections.filter(({ destination }) => destination === microsoft.id);
  const ofTag = ofMicrosoft.find(({ settings }) => settings.tagId === uet.tagId);
  const synced = [ofTag, ...ofMicrosoft].find((one) => one?.enabled && one.settings.customerId !== undefined);
  const { vocabulary: words } = createBrowserConfig(ofTag?.settings);
  const { customerId } = createBrowserConfig(synced?.settings);
  return { vocabulary: words, ...(customerId !== undefined && { customerId }) };
}
