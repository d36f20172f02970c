import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { secondMs, type UnixMs } from '../../event/units.ts';

/** The schemes by which senders sign webhooks. All sign the body's bytes with a secret that only the sender and the site have. */

type GetHeader = (name: string) => string | undefined;

/** A request as it arrived. */
export interface SignedRequest {
  readonly header: GetHeader;
  readonly body: Uint8Array;
  readonly now: UnixMs;
  /** The addresses by which the sender may have called. */
  readonly urls?: readonly string[];
}

export interface SignatureVerifier {
  /** Returns whether the headers have the form of a signature. If not, the body need not be read. */
  isSigned(header: GetHeader): boolean;
  /** Returns whether one of the secrets signed the request. Its duration reveals nothing about the secrets. */
  verify(request: SignedRequest, secrets: readonly string[]): boolean;
}

export interface HmacScheme {
  /** The names that the header may have. */
  readonly headers: readonly string[];
  readonly encoding: 'hex' | 'base64';
  /** Text before the digest, such as `sha256=`. */
  readonly prefix?: string;
  /** The header of the time in seconds since 1970, which is signed with a dot before the body. Absent: only the body is signed. */
  readonly timestampHeader?: string;
  /** How far the signed time may differ from the gateway's, in seconds. */
  readonly toleranceSeconds?: number;
}

interface TimestampedScheme {
  readonly header: string;
  readonly toleranceSeconds: number;
}

/** The signatures of a request, and what was signed before the body. */
interface Claim {
  readonly digests: readonly Buffer[];
  readonly before: string;
  /** When it was signed, in seconds since 1970. */
  readonly signedAt?: number;
}

const digestBytes = 32;
const shortestKeyBytes = 16;
const forms = { hex: /^[0-9a-f]{64}$/i, base64: /^[A-Za-z0-9+/]{43}=$/ } as const;
/** The most signatures of one request that are compared. A sender has one for each secret while it replaces them. */
const maxSignatures = 8;
const defaultToleranceSeconds = 300;

/** The verifiers by scheme. */
export const signatureSchemes = {
  /** The HMAC-SHA256 of the body, or of a time and the body, in a header of its own. */
  'hmac-sha256': ({ headers, encoding, prefix = '', timestampHeader, toleranceSeconds }: HmacScheme): SignatureVerifier =>
    createVerifier(
      (header) => {
        const value = headers.flatMap((name) => header(name) ?? []).at(0);
        if (!value?.startsWith(prefix)) return undefined;
        const digests = decode(value.slice(prefix.length), encoding);
        if (timestampHeader === undefined) return { digests, before: '' };
        return claimAt(digests, header(timestampHeader), '');
      },
      toleranceSeconds,
      sign,
    ),

  /**
   * `t=<seconds>,v1=<hex>` over the time, a dot and the body. Other pairs are skipped.
   * @source https://docs.stripe.com/webhooks/signature (2026-11); npm stripe 23.1.0: parseHeader, secureCompare
   */
  timestamped: ({ header: name, toleranceSeconds }: TimestampedScheme): SignatureVerifier =>
    createVerifier(
      (header) => {
        const pairs = (header(name) ?? '').split(',').map((pair) => pair.trim().split('='));
        const find = (key: string) =>
          pairs.flatMap(([one, value = '', more]) => (one === key && more === undefined ? [value] : []));
        const times = find('t');
        return claimAt(
          find('v1').flatMap((value) => decode(value, 'hex')),
          times.length === 1 ? times[0] : undefined,
          '',
        );
      },
      toleranceSeconds,
      sign,
    ),

  /**
   * `v1,<base64>` over an id, a time and the body, by a key that the secret has in Base64.
   * @source https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (2026-08-17)
   */
  'standard-webhooks': ({ toleranceSeconds }: { readonly toleranceSeconds?: number } = {}): SignatureVerifier =>
    createVerifier(
      (header) => {
        const id = header('webhook-id');
        const listed = (header('webhook-signature') ?? '').split(' ');
        const digests = listed.flatMap((one) => (one.startsWith('v1,') ? decode(one.slice(3), 'base64') : []));
        return id === undefined ? undefined : claimAt(digests, header('webhook-timestamp'), `${id}.`);
      },
      toleranceSeconds,
      (secret, before, body) => {
        const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
        // A text that is no Base64 may decode to nothing, and anyone could sign with an empty key.
        return key.length < shortestKeyBytes ? undefined : sign(key, before, body);
      },
    ),

  /**
   * The hex of the SHA-256 of the secret and the body, which is no HMAC.
   * @source https://developer.rechargepayments.com (2026-11): webhooks, `X-Recharge-Hmac-Sha256`
   */
  'sha256-of-secret-and-body': ({ header: name }: { readonly header: string }): SignatureVerifier =>
    createVerifier(
      (header) => ({ digests: decode(header(name) ?? '', 'hex'), before: '' }),
      undefined,
      (secret, _before, body) => createHash('sha256').update(secret).update(body).digest(),
    ),
} as const;

/** Returns a verifier by the first scheme if a request has its header, and by the second otherwise. */
export function createVerifierByHeader(header: string, present: SignatureVerifier, absent: SignatureVerifier): SignatureVerifier {
  const find = (get: GetHeader) => (get(header) === undefined ? absent : present);
  return {
    isSigned: (get) => find(get).isSigned(get),
    verify: (request, secrets) => find(request.header).verify(request, secrets),
  };
}

/** Returns the signature by a secret, or `undefined` if the secret is unusable. */
type Sign = (secret: string, before: string, body: Uint8Array) => Buffer | undefined;

function sign(key: string | Uint8Array, before: string, body: Uint8Array): Buffer {
  return createHmac('sha256', key).update(before).update(body).digest();
}

function createVerifier(
  readClaim: (header: GetHeader) => Claim | undefined,
  toleranceSeconds: number | undefined,
  signBody: Sign,
): SignatureVerifier {
  const read = (header: GetHeader) => {
    const claim = readClaim(header);
    return claim && claim.digests.length > 0 ? claim : undefined;
  };
  return {
    isSigned: (header) => read(header) !== undefined,
    verify({ header, body, now }, secrets) {
      const claim = read(header);
      if (!claim) return false;
      let isRight = false;
      for (const secret of secrets) {
        const expected = signBody(secret, claim.before, body);
        for (const digest of claim.digests.slice(0, maxSignatures))
          if (expected && digest.length === digestBytes && timingSafeEqual(digest, expected)) isRight = true;
      }
      return isRight && isTimely(claim.signedAt, now, toleranceSeconds);
    },
  };
}

/** Returns whether a request was signed about now. An old one may be a copy, and one of the future could be kept and sent later. */
function isTimely(signedAt: number | undefined, now: UnixMs, toleranceSeconds = defaultToleranceSeconds): boolean {
  return signedAt === undefined || Math.abs(now - signedAt * secondMs) <= toleranceSeconds * secondMs;
}

function claimAt(digests: readonly Buffer[], seconds: string | undefined, before: string): Claim | undefined {
  if (seconds === undefined || !/^\d{1,12}$/.test(seconds)) return undefined;
  return { digests, before: `${before}${seconds}.`, signedAt: Number(seconds) };
}

function decode(text: string, encoding: keyof typeof forms): readonly Buffer[] {
  return forms[encoding].test(text) ? [Buffer.from(text, encoding)] : [];
}
