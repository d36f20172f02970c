import type { Report } from '../../../pixel/browser-report.ts';
import type { BrowserTag, PixelContext } from '../../../pixel/browser-tag.ts';
import { swallowErrors } from '../../../pixel/swallow-errors.ts';
import type { ExampleTagSettings } from '../tag-settings.ts';

/** Creates the driver of the tag, which is a function of the page: `exampleAds(name, id)`. */
export function createDriver({ mode, script }: ExampleTagSettings, { consent, nonce }: PixelContext): BrowserTag {
  const page: { exampleAds?: (name: string, id: string) => void } = Object(window);
  const waiting: Report[] = [];
  let isOpen = false;
  let isLoading = false;

  const check = () => {
    const state = consent.state();
    if (!isOpen || state === 'waiting') return;
    if (state === 'denied') waiting.length = 0;
    else if (page.exampleAds) for (const { name, id } of waiting.splice(0)) page.exampleAds(`${name}`, id);
    else if (mode === 'load' && !isLoading) {
      isLoading = true;
      document.head.append(Object.assign(document.createElement('script'), { async: true, src: script, nonce }));
    }
  };

  return {
    open() {
      isOpen = true;
      check();
      setInterval(swallowErrors(check), 200);
    },
    report(report, settle) {
      if (!report.type) waiting.push(report);
      settle();
      check();
    },
    leave: check,
  };
}
