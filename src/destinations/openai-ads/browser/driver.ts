import type { Fields, Report } from '../../../pixel/browser-report.ts';
import type { BrowserTag, PixelContext } from '../../../pixel/browser-tag.ts';
import { swallowErrors } from '../../../pixel/swallow-errors.ts';
import { omitAbsent } from '../../../pixel/tag-values.ts';
import type { OpenaiTagSettings } from '../tag-settings.ts';
import { buildData } from './data.ts';

/** The page's `oaiq`: first a queue of calls, which the loaded tag takes over (an assumption). */
interface Oaiq {
  (...call: readonly unknown[]): void;
  q?: unknown[];
}

const lookEveryMs = 200;

/**
 * Creates the driver of the OpenAI pixel. OpenAI merges each of its reports, also those of page views, with the connection's by name and
 * event id, so the driver settles every report at once.
 * @source https://developers.openai.com/ads/measurement-pixel (2026-09-11)
 */
export function createDriver(settings: OpenaiTagSettings, { consent, nonce }: PixelContext): BrowserTag {
  const page: { oaiq?: Oaiq } = Object(window);
  /** Reports that wait for consent, or for the page's tag. */
  const waiting: Report[] = [];
  let user: Fields = {};
  let isOpen = false;
  let isOurs = false;
  let isPrepared = false;
  let isRevoked = false;

  const measure = ({ id, name, commerce = {} }: Report) => {
    // The page's own tag is initialised by the page.
    if (isOurs && !isPrepared)
      page.oaiq?.('init', omitAbsent({ pixelId: settings.pixelId, user: user.email_sha256 ? user : undefined }));
    isPrepared = true;
    const custom = `${name}`.toLowerCase();
    const event = settings.events[custom] ?? { type: 'custom', data: 'custom', custom };
    page.oaiq?.(
      'measure',
      event.type,
      buildData(commerce, event.data, settings),
      omitAbsent({
        event_id: id,
        custom_event_name: event.custom,
        opt_out: consent.statement().adPersonalization === 'denied' || undefined,
      }),
    );
  };

  const check = () => {
    // The server sends no event of a shopper who denies the use of data for advertising.
    const state = consent.statement().adUserData === 'denied' ? 'denied' : consent.state();
    if (!isOpen) return;
    if (state === 'granted' && !page.oaiq && settings.mode === 'load') {
      isOurs = true;
      const oaiq: Oaiq = (...call) => void oaiq.q?.push(call);
      oaiq.q = [];
      page.oaiq = oaiq;
      document.head.append(Object.assign(document.createElement('script'), { async: true, src: settings.script, nonce }));
    }
    // Before a choice the tag holds its events.
    if (page.oaiq && (state === 'granted') === isRevoked) {
      isRevoked = !isRevoked;
      page.oaiq('consent', !isRevoked);
    }
    if (state === 'denied') waiting.length = 0;
    else if (state === 'granted' && page.oaiq) waiting.splice(0).forEach(measure);
  };

  return {
    open() {
      isOpen = true;
      check();
      setInterval(swallowErrors(check), lookEveryMs);
    },
    report(report, settle) {
      if (report.user?.emailSha256) user = { email_sha256: report.user.emailSha256 };
      if (!report.type) waiting.push(report);
      settle();
      check();
    },
    leave: check,
    forgetVisitor: () => {
      user = {};
    },
  };
}
