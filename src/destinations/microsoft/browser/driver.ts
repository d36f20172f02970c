import type { BrowserTag, PixelContext } from '../../../pixel/browser-tag.ts';
import type { MicrosoftTagSettings } from '../tag-settings.ts';
import { createIdSync } from './id-sync.ts';
import { createUetQueue } from './uet-queue.ts';
import { createUetTag } from './uet-tag.ts';

/** Creates the driver of Microsoft's UET tag and of ID Sync. A site may use either of them alone. */
export function createDriver({ tag: settings, idSync }: MicrosoftTagSettings, pixel: PixelContext): BrowserTag {
  const queue = settings && createUetQueue(settings.queue);
  const tag = queue && createUetTag(settings, pixel, queue);
  const sync = createIdSync(idSync);
  return {
    ...(tag ?? { open() {}, report: (_, settle) => settle(), leave() {} }),
    ...(queue && { readConsent: queue.readPageConsent }),
    setVisitor(ids) {
      if (pixel.consent.state() !== 'granted') sync.forget();
      // The tag sets its own visitor id with its first view.
      else if (tag?.isSettled() !== false) sync.send(ids);
    },
    forgetVisitor: sync.forget,
  };
}
