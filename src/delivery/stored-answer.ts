import type { HttpResponse } from '../destinations/kit/destination.ts';

const maxChars = 4_096;
const emailLike = /[^\s"'<>@]{1,64}@[^\s"'<>@]{1,255}/g;
const longDigits = /(?<![\w+])\+?\d[\d ().-]{7,20}\d(?!\w)/g;
/** Vendors echo what they refused under this name. */
const echoKey = /"attemptedValue"\s*:\s*/g;

/** A vendor's answer as it may be kept and shown: no echoed values, nothing that looks like an e-mail address or a phone number, bounded. */
export function storedAnswer({ body }: HttpResponse): string {
  const kept = withoutEchoes(body).replace(emailLike, '[masked]').replace(longDigits, '[masked]');
  return kept.length > maxChars ? `${kept.slice(0, maxChars)}…` : kept;
}

function withoutEchoes(body: string): string {
  let kept = '';
  let from = 0;
  for (const { 0: key, index } of body.matchAll(echoKey)) {
    // An echo may hold the name again.
    if (index < from) continue;
    kept += `${body.slice(from, index)}"attemptedValue":"[masked]"`;
    from = endOfValue(body, index + key.length);
  }
  return kept + body.slice(from);
}

/** Where the JSON value that begins at `start` ends: the end of the text where it breaks off. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let inText = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (inText) {
      if (char === '\\') at++;
      else if (char === '"') inText = false;
    } else if (char === '"') inText = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === ',' && depth === 0) return at;
    else if (char === '}' || char === ']') {
      if (depth === 0) return at;
      depth--;
    }
  }
  return text.length;
}
