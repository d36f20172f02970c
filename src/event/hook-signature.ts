/** How a service proves that a request is its own. */
export type HookSignature =
  /** `webhook-id`, `webhook-timestamp` and `webhook-signature` of Standard Webhooks. */
  | { readonly scheme: 'standard-webhooks' }
  /** A header with the HMAC-SHA256 of the body, or of time and body. */
  | {
      readonly scheme: 'hmac-sha256';
      readonly header: string;
      readonly encoding: 'hex' | 'base64';
      readonly prefix?: string | undefined;
      readonly signs: (typeof signedTexts)[number];
      /** The header of the time in UNIX seconds. Required if the time is signed. */
      readonly timestampHeader?: string | undefined;
      readonly toleranceSeconds: number;
    }
  /** A header `t=<UNIX seconds>,v1=<hex>`, the form of Stripe, which signs time and body. */
  | { readonly scheme: 'timestamped'; readonly header: string; readonly toleranceSeconds: number }
  /** HubSpot's third version, which signs method, URL, body and time. */
  | { readonly scheme: 'hubspot-v3' }
  /** Not signed: the secret itself is in a header. */
  | { readonly scheme: 'header-token'; readonly header: string }
  /** Not signed: the secret is `user:password` of HTTP Basic. */
  | { readonly scheme: 'basic' };

export const signedTexts = ['body', '{timestamp}.{body}'] as const;
export const signatureSchemes = [
  ...['standard-webhooks', 'hmac-sha256', 'timestamped', 'hubspot-v3', 'header-token', 'basic'],
] as const;

/**
 * Returns whether a request proves by a signature that the body is the service's. Without one, the secret travels with each request, so whoever
 * sees a request can send others.
 */
export function isSignedScheme({ scheme }: { readonly scheme: string }): boolean {
  return scheme !== 'header-token' && scheme !== 'basic';
}
