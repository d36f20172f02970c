import type { Fields, Report } from '../../../pixel/browser-report.ts';
import type { BrowserTag, PixelContext } from '../../../pixel/browser-tag.ts';
import { swallowErrors } from '../../../pixel/swallow-errors.ts';
import { formatItemId, listItems, omitAbsent, toText } from '../../../pixel/tag-values.ts';
import type { GoogleAdsTagSettings } from '../tag-settings.ts';

interface GooglePage {
  gtag?: (...command: unknown[]) => void;
  dataLayer?: unknown[];
  /** Present once a script of Google's tag has loaded, also one of Tag Manager. */
  google_tag_manager?: unknown;
}

const lookEveryMs = 200;
/** @source https://support.google.com/google-ads/answer/6386790 (2026-11-27) */
const maxTransactionIdLength = 64;

/**
 * Creates the driver of the Google tag. Google merges a conversion with the connection's by conversion action and transaction id, so the
 * tag gets the transaction id of the server's report.
 * @source https://support.google.com/google-ads/answer/7548399 and /6386790, https://developers.google.com/tag-platform/gtagjs/reference
 * (2026-11-27)
 */
export function createDriver(settings: GoogleAdsTagSettings, { consent, nonce }: PixelContext): BrowserTag {
  const { tagId, mode, script, conversions } = settings;
  const page: GooglePage = Object(window);
  const waiting: Report[] = [];
  let isOpen = false;
  let isConfigured = false;
  let isOurs = false;
  let lastUses: string | undefined;

  /** The page's `gtag`. Tag Manager has none, but reads the same commands from the data layer. */
  const findGtag = () => page.gtag ?? (page.google_tag_manager ? push : undefined);

  // Google reads the `arguments` object itself, not an array.
  function push(..._command: unknown[]): void {
    page.dataLayer = page.dataLayer ?? [];
    // biome-ignore lint/complexity/noArguments: Google's tag ignores an array.
    page.dataLayer.push(arguments);
  }

  const isConfiguredByPage = () =>
    page.dataLayer?.some?.((entry) => {
      const [command, id] = Array.from(Object(entry));
      return command === 'config' && id === tagId;
    });

  /** Adds the account to the page's tag, or loads the tag if the page has none. */
  const load = () => {
    if (isConfigured) return;
    isConfigured = true;
    isOurs = !findGtag();
    if (isOurs) {
      page.gtag = push;
      document.head.append(Object.assign(document.createElement('script'), { async: true, src: script, nonce }));
      push('js', new Date());
      setConsent();
    }
    if (!isConfiguredByPage()) findGtag()?.('config', tagId);
  };

  /**
   * States consent to a tag that the pixel loaded. A page with a tag of its own, or with Consent Mode, states it itself. A policy's value is
   * not stated, because the pixel would read it back as a choice.
   */
  const setConsent = () => {
    const { source, explicit, adStorage, adUserData, adPersonalization } = consent.statement();
    if (!isOurs || !explicit || source === 'gcm') return;
    const uses = {
      ad_storage: adStorage,
      ad_user_data: adUserData ?? adStorage,
      ad_personalization: adPersonalization ?? adStorage,
    };
    const stated = JSON.stringify(uses);
    if (stated === lastUses) return;
    push('consent', lastUses ? 'update' : 'default', uses);
    lastUses = stated;
  };

  const check = () => {
    const state = consent.state();
    if (!isOpen) return;
    setConsent();
    if (state === 'denied') waiting.length = 0;
    if (state !== 'granted') return;
    if (mode === 'load') load();
    const gtag = findGtag();
    if (gtag) for (const report of waiting.splice(0)) gtag(...buildConversion(report, settings));
  };

  return {
    open() {
      isOpen = true;
      check();
      setInterval(swallowErrors(check), lookEveryMs);
    },
    report(report, settle) {
      // The server's report is sent in any case: Google counts both as one conversion.
      settle();
      if (conversions[`${report.name}`.toLowerCase()]) waiting.push(report);
      check();
    },
    leave: check,
  };
}

/**
 * Returns the command that reports a conversion. A purchase with cart data is a `purchase`: Google reads the items of no other event.
 * @source https://support.google.com/google-ads/answer/9028614 (2026-11-27)
 */
function buildConversion({ id, name, commerce = {} }: Report, settings: GoogleAdsTagSettings): readonly [string, string, Fields] {
  const { label, isPurchase } = settings.conversions[`${name}`.toLowerCase()] ?? {};
  const amount = Number(toText(commerce.value));
  const currency = `${commerce.currency ?? settings.currency}`.toUpperCase();
  const transactionId = (isPurchase && toText(commerce.orderId)) || id;
  const items =
    isPurchase && settings.merchantId
      ? listItems(commerce).flatMap((item) => {
          const itemId = formatItemId(item, settings.itemId);
          return itemId ? [{ id: itemId, quantity: Math.round(Number(item.quantity)) || 1, price: toAmount(item.price) }] : [];
        })
      : [];
  const data = omitAbsent({
    send_to: `${settings.tagId}/${label}`,
    transaction_id: transactionId.length > maxTransactionIdLength ? undefined : transactionId,
    ...(amount >= 0 && /^[A-Z]{3}$/.test(currency) && { value: amount, currency }),
    ...(items[0] && { aw_merchant_id: settings.merchantId, items }),
  });
  return ['event', items[0] ? 'purchase' : 'conversion', data];
}

function toAmount(value: unknown): number | undefined {
  const amount = Number(toText(value));
  return amount >= 0 ? amount : undefined;
}
