import { randomBytes } from 'node:crypto';

/** Fits one answer: only what carries it may bring its own script or style. */
export function newNonce(): string {
  return randomBytes(16).toString('base64');
}

const nothing = ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"];

/** The reference page brings all that it needs, and is made of Convey's own words alone. */
export const referencePolicy = [...nothing, "style-src 'unsafe-inline'", 'img-src data:'].join('; ');

function pagePolicy(nonce: string): readonly string[] {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ];
}

const policies = {
  api: () => nothing.join('; '),
  reference: () => referencePolicy,
  asset: () => nothing.join('; '),
  page: (nonce: string) => pagePolicy(nonce).join('; '),
};

/** A page is asked for anew each time: it carries a nonce, and names the files of its build. */
const caching = {
  api: 'no-store',
  reference: 'no-store',
  asset: 'public, max-age=31536000, immutable',
  page: 'no-cache',
};

/**
 * What every answer of the dashboard's port tells the browser to refuse. Of the API nothing is shown or kept.
 * @source https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html (2026-11-24)
 */
export function secureHeaders(kind: keyof typeof policies, nonce: string, isSecure: boolean): Readonly<Record<string, string>> {
  return {
    'content-security-policy': policies[kind](nonce),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'cache-control': caching[kind],
    ...(isSecure && { 'strict-transport-security': 'max-age=31536000' }),
  };
}
