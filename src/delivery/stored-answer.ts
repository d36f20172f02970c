import type { HttpResponse } from '../destinations/kit/destination.ts';

const maxChars = 4_096;
const emailLike = /[^\s"'<>@]{1,64}@[^\s"'<>@]{1,255}/g;
const longDigits = /(?<![\w+])\+?\d[\d ().-]{7,20}\d(?!\w)/g;
/** Vendors echo what they refused under this name. */
const echo = /"attemptedValue"\s*:\s*("(?:[^"\\]|\\.)*"|[^,}\]]*)/g;

/** A vendor's answer as it may be kept and shown: no echoed values, nothing that looks like an e-mail address or a phone number, bounded. */
export function storedAnswer({ body }: HttpResponse): string {
  const kept = body
    .slice(0, maxChars)
    .replace(echo, '"attemptedValue":"[masked]"')
    .replace(emailLike, '[masked]')
    .replace(longDigits, '[masked]');
  return body.length > maxChars ? `${kept}…` : kept;
}
