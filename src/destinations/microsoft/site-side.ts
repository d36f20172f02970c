import type { BrowserSide } from '../../event/pixel-settings.ts';
import type { Site } from '../../event/site.ts';
import { microsoft } from './microsoft.ts';
import { browserSideOf } from './tag.ts';

/** As the connection to the site's tag has it; ids are synced for another where that one has no customer id. */
export function siteSideOf({ uet, connections }: Site): BrowserSide {
  const ofMicrosoft = connections.filter(({ destination }) => destination === microsoft.id);
  const ofTag = ofMicrosoft.find(({ settings }) => settings.tagId === uet.tagId);
  const synced = [ofTag, ...ofMicrosoft].find((one) => one?.enabled && one.settings.customerId !== undefined);
  const { words } = browserSideOf(ofTag?.settings);
  const { customerId } = browserSideOf(synced?.settings);
  return { words, ...(customerId !== undefined && { customerId }) };
}
