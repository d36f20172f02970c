import type * as Shopify from '@shopify/web-pixels-extension';

type ExtensionApi = Shopify.ExtensionApi;

/** The globals of a custom pixel's frame, by Shopify's own types, and those of the UET tag. */
declare global {
  type Attribute = Shopify.Attribute;
  type CartLine = Shopify.CartLine;
  type Checkout = Shopify.Checkout;
  type Context = Shopify.Context;
  type Customer = Shopify.Customer;
  type MoneyV2 = Shopify.MoneyV2;
  type ProductVariant = Shopify.ProductVariant;
  type StandardEvent = Shopify.StandardEvent;
  type ThemeEvent = Shopify.CustomEvent;

  const analytics: ExtensionApi['analytics'];
  const browser: ExtensionApi['browser'];
  const init: ExtensionApi['init'];
  /** Present in custom pixels. @source https://shopify.dev/docs/api/web-pixels-api/pixel-privacy (2026-11) */
  const api: Partial<Pick<ExtensionApi, 'customerPrivacy'>> | undefined;
  /** Present in pixels of an app. */
  const customerPrivacy: ExtensionApi['customerPrivacy'] | undefined;

  interface Window {
    /** A plain array until the tag replaces it. */
    uetq?: { push(...parameters: readonly unknown[]): unknown };
    UET?: new (options: Readonly<Record<string, unknown>>) => { push(...parameters: readonly unknown[]): unknown };
  }

  interface Navigator {
    readonly globalPrivacyControl?: boolean;
  }
}
