import type { HttpResponse } from '../destinations/kit/destination.ts';

const maxChars = 4_096;
const emailLike = /[^\s"'<>@]{1,64}@[^\s"'<>@]{1,255}/g;
const longDigits = /(?<![\w+])\+?\d[\d ().-]{7,20}\d(?!\w)/g;
/** Vendors echo what they refused under this name; an answer may break off in the middle of it. */
const echo = /"attemptedValue"\s*:\s*(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|\[[^\]]*\]?|\{[^}]*\}?|[^,}\]]*)/g;

/** A vendor's answer as it may be kept and shown: no echoed values, nothing that looks like an e-mail address or a phone number, bounded. */
export function storedAnswer({ body }: HttpResponse): string {
  const kept = body.replace(echo, '"attemptedValue":"[masked]"').replace(emailLike, '[masked]').replace(longDigits, '[masked]');
  return kept.length > maxChars ? `${kept.slice(0, maxChars)}…` : kept;
}
