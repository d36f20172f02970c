import { createHmac, timingSafeEqual } from 'node:crypto';

const digestBytes = 32;
/** The base64 form of an HMAC-SHA256. */
const form = /^[A-Za-z0-9+/]{43}=$/;

/** Returns whether a text has the form of a signature. */
export function isSignatureLike(signature: string | undefined): signature is string {
  return signature !== undefined && form.test(signature);
}

/**
 * Returns whether one of the secrets signed the body: base64 of its HMAC-SHA256. Checks every secret in constant time, so that the duration
 * reveals nothing.
 * @source https://shopify.dev/docs/apps/build/webhooks/subscribe/https (2026-11); https://woocommerce.com/document/webhooks (2026-11)
 */
export function verifySignature(body: Uint8Array, signature: string, secrets: readonly string[]): boolean {
  const submitted = isSignatureLike(signature) ? Buffer.from(signature, 'base64') : Buffer.alloc(0);
  let isRight = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(body).digest();
    if (submitted.length === digestBytes && timingSafeEqual(submitted, expected)) isRight = true;
  }
  return isRight;
}
