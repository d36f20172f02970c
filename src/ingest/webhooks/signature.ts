import { createHmac, timingSafeEqual } from 'node:crypto';

const digestBytes = 32;
/** Base64 of so many bytes. */
const form = /^[A-Za-z0-9+/]{43}=$/;

/** Whether it may be a signature, of whatever body. */
export function isSignatureLike(signature: string | undefined): signature is string {
  return signature !== undefined && form.test(signature);
}

/**
 * Whether the body was signed with one of the secrets: base64 of its HMAC-SHA256. Every secret is tried, in constant time, so the time that
 * it takes tells nothing.
 * @source https://shopify.dev/docs/apps/build/webhooks/subscribe/https (2026-11); https://woocommerce.com/document/webhooks (2026-11)
 */
export function verifySignature(body: Uint8Array, signature: string, secrets: readonly string[]): boolean {
  const given = isSignatureLike(signature) ? Buffer.from(signature, 'base64') : Buffer.alloc(0);
  let isRight = false;
  for (const secret of secrets) {
    const made = createHmac('sha256', secret).update(body).digest();
    if (given.length === digestBytes && timingSafeEqual(given, made)) isRight = true;
  }
  return isRight;
}
