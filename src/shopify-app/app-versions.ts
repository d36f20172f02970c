/**
 * The version of the Admin API for which the app asks, and the day on which it ends. An ended one is served as the oldest live one.
 * @source https://shopify.dev/docs/api/usage/versioning (2026-10)
 */
export const apiVersion = '2026-10';

/** Shopify's package for app pixels, and its command, in the versions with which the folder was tried. */
export const pixelPackageVersion = '2.18.0';
export const shopifyCliVersion = '4.8.2';
