import { createHash } from 'node:crypto';

/** Returns a digest of settings, which contain secrets and must not be kept. It changes exactly when the settings change. */
export function digestSettings(settings: object): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('base64url').slice(0, 22);
}
