import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { HookSignature } from '../../event/hook-signature.ts';
import { minuteMs } from '../../event/units.ts';
import { type SignatureVerifier, signatureSchemes } from './signature.ts';

/** Creates the verifier of a hook's requests. */
export function createHookVerifier(signature: HookSignature): SignatureVerifier {
  switch (signature.scheme) {
    case 'hmac-sha256': {
      const { header, encoding, prefix, timestampHeader, toleranceSeconds } = signature;
      const options = { ...(prefix !== undefined && { prefix }), ...(timestampHeader !== undefined && { timestampHeader }) };
      return signatureSchemes['hmac-sha256']({ headers: [header], encoding, toleranceSeconds, ...options });
    }
    case 'timestamped':
      return signatureSchemes.timestamped(signature);
    case 'standard-webhooks':
      return signatureSchemes['standard-webhooks']();
    case 'hubspot-v3':
      return hubspotVerifier;
    case 'header-token':
      return createTokenVerifier(signature.header, (value) => value.replace(/^Bearer /i, ''));
    case 'basic':
      return createTokenVerifier('Authorization', readBasic);
  }
}

/** Verifies nothing: for an address that no hook has. The body is read as for a hook, so that the answer does not reveal which hooks exist. */
export const noVerifier: SignatureVerifier = { isSigned: () => true, verify: () => false };

/** The secret itself is in the request, which proves nothing about the body. */
function createTokenVerifier(header: string, read: (value: string) => string | undefined): SignatureVerifier {
  return {
    isSigned: (get) => get(header) !== undefined,
    verify(request, secrets) {
      const token = read(request.header(header) ?? '');
      let isRight = false;
      for (const secret of secrets) if (token !== undefined && isEqual(token, secret)) isRight = true;
      return isRight;
    },
  };
}

function readBasic(value: string): string | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]{1,400}={0,2})$/i.exec(value)?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}

/** Compares in constant time, also texts of unlike length. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

/**
 * HubSpot's third version: the Base64 of the HMAC-SHA256 of method, URL, body and time, at most five minutes old. The URL is the one that HubSpot
 * called, so each address of the collector is tried. Assumed: https://developers.hubspot.com/docs/api/webhooks/validating-requests
 */
const hubspotVerifier: SignatureVerifier = {
  isSigned: (get) => /^[A-Za-z0-9+/]{43}=$/.test(get('X-HubSpot-Signature-v3') ?? ''),
  verify({ header, body, now, urls = [] }, secrets) {
    const given = Buffer.from(header('X-HubSpot-Signature-v3') ?? '', 'base64');
    const time = header('X-HubSpot-Request-Timestamp') ?? '';
    if (!/^\d{10,15}$/.test(time)) return false;
    let isRight = false;
    for (const secret of secrets)
      for (const url of urls) {
        const expected = createHmac('sha256', secret).update(`POST${url}`).update(body).update(time).digest();
        if (given.length === expected.length && timingSafeEqual(given, expected)) isRight = true;
      }
    return isRight && Math.abs(now - Number(time)) <= 5 * minuteMs;
  },
};
