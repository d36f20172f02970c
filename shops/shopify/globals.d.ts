import type { ExtensionApi } from '@shopify/web-pixels-extension';

/** What a custom pixel finds in its frame, by Shopify's own types; and what the UET tag puts there. */
declare global {
  const analytics: ExtensionApi['analytics'];
  const browser: ExtensionApi['browser'];
  const init: ExtensionApi['init'];
  /** Of custom pixels. @source https://shopify.dev/docs/api/web-pixels-api/pixel-privacy (2026-11) */
  const api: Partial<Pick<ExtensionApi, 'customerPrivacy'>> | undefined;
  /** Of pixels that an app brings. */
  const customerPrivacy: ExtensionApi['customerPrivacy'] | undefined;

  interface Window {
    /** A plain array until the tag takes its place. */
    uetq?: { push(...parameters: readonly unknown[]): unknown };
    UET?: new (options: Readonly<Record<string, unknown>>) => { push(...parameters: readonly unknown[]): unknown };
  }

  interface Navigator {
    readonly globalPrivacyControl?: boolean;
  }
}
