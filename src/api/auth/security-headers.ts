import { randomBytes } from 'node:crypto';

/** Creates the nonce of one response. Inline scripts and styles need it. */
export function newNonce(): string {
  return randomBytes(16).toString('base64');
}

const denyAll = ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"];

/** The reference page loads nothing, runs no script, and contains only Convey's own texts. */
export const referencePolicy = [...denyAll, "style-src 'unsafe-inline'", 'img-src data:'].join('; ');

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
  api: () => denyAll.join('; '),
  reference: () => referencePolicy,
  asset: () => denyAll.join('; '),
  page: (nonce: string) => pagePolicy(nonce).join('; '),
};

/** A page is always revalidated, because it contains a nonce and the file names of its build. */
const caching = {
  api: 'no-store',
  reference: 'no-store',
  asset: 'public, max-age=31536000, immutable',
  page: 'no-cache',
};

/**
 * Returns the security headers of a response on the dashboard's port. API responses can be neither displayed nor cached.
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
