import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { secondMs, type UnixMs } from '../../event/units.ts';
import { parseJson } from '../../net/parse-json.ts';

/** The content of a link's token. */
export interface LinkToken {
  readonly visitor: string;
  /** The listed domain that the link leads to. */
  readonly domain: string;
  /** Unique for each token, also among those of other gateways. */
  readonly nonce: string;
}

export const linkTokenMs = 120 * secondMs;

const version = '1';
const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
/** Longer than any token, whose visitor id has at most 128 characters. */
const maxLength = 1_024;

/**
 * Mints the token of one link: `<version>.<payload>.<mac>`. The payload is encrypted, so that addresses and logs show no visitor.
 * @param key of `deriveLinkKeys`
 */
export function mintLinkToken({ visitor, domain }: Omit<LinkToken, 'nonce'>, key: string, now: UnixMs): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, Buffer.from(key, 'base64url'), iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(version));
  const content = JSON.stringify([visitor, now + linkTokenMs, domain]);
  const payload = Buffer.concat([iv, cipher.update(content, 'utf8'), cipher.final()]);
  return [version, payload.toString('base64url'), cipher.getAuthTag().toString('base64url')].join('.');
}

/** Opens a token. Returns why it does not count if it is forged, of another site, or too old. */
export function openLinkToken(token: string, keys: readonly string[], now: UnixMs): LinkToken | 'link-invalid' | 'link-expired' {
  const [, payload = '', mac = ''] = /^1\.([\w-]{32,})\.([\w-]{22})$/.exec(token.slice(0, maxLength)) ?? [];
  const bytes = Buffer.from(payload, 'base64url');
  const iv = bytes.subarray(0, ivBytes);
  for (const key of payload === '' ? [] : keys) {
    const content = decrypt(bytes.subarray(ivBytes), iv, Buffer.from(mac, 'base64url'), Buffer.from(key, 'base64url'));
    const parsed = content && parseJson(content);
    const [visitor, endsAt, domain]: readonly unknown[] =
      parsed && 'value' in parsed && Array.isArray(parsed.value) ? parsed.value : [];
    if (typeof visitor !== 'string' || typeof endsAt !== 'number' || typeof domain !== 'string') continue;
    return endsAt > now ? { visitor, domain, nonce: iv.toString('base64url') } : 'link-expired';
  }
  return 'link-invalid';
}

function decrypt(content: Buffer, iv: Buffer, mac: Buffer, key: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes });
  try {
    decipher.setAAD(Buffer.from(version)).setAuthTag(mac);
    return Buffer.concat([decipher.update(content), decipher.final()]);
  } catch {
    return undefined;
  }
}
