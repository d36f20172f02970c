import type { HttpResponse } from '../../destinations/kit/destination.ts';

const maxChars = 4_096;
const emailLike = /[^\s"'<>@]{1,64}@[^\s"'<>@]{1,255}/g;
/** A SHA-256, by which a person can be recognised. A receiver of webhooks may echo the whole message. */
const hashLike = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/gi;
const longDigits = /(?<!\d)\+?\d[\d ().-]{7,20}\d(?!\w)/;
/** A UUID or the 32 digits of a trace id, by which a platform's support finds the request. */
const requestId = /(?<![\w-])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32})(?![\w-])/;
/** A request id comes first, so that the digits in it are not looked at apart. */
const phoneLike = new RegExp(`${requestId.source}|${longDigits.source}`, 'gi');
/** The member in which platforms echo refused values. */
const echoKey = /"attemptedValue"\s*:\s*/g;

/**
 * Returns a response body that may be stored and shown: without echoed values, e-mail addresses, hashes and phone numbers, and
 * limited in length.
 */
export function maskResponse({ body }: HttpResponse): string {
  const masked = [emailLike, hashLike, phoneLike].reduce(maskPattern, withoutEchoes(body));
  return masked.length > maxChars ? `${masked.slice(0, maxChars)}…` : masked;
}

/** Decodes JSON escapes (`\u0040`) to find the pattern, and keeps the escapes of everything that is not masked. */
function maskPattern(text: string, pattern: RegExp): string {
  let read = '';
  /** Position of each decoded character in `text`. */
  const places: number[] = [];
  for (const { 0: char, 1: code, index } of text.matchAll(/\\u([0-9a-f]{4})|./gis)) {
    read += code === undefined ? char : String.fromCharCode(Number.parseInt(code, 16));
    places.push(index);
  }
  let masked = '';
  let from = 0;
  for (const { 0: found, index } of read.matchAll(pattern)) {
    if (isRandomId(found)) continue;
    masked += `${text.slice(from, places[index])}[masked]`;
    from = places[index + found.length] ?? text.length;
  }
  return masked + text.slice(from);
}

/** Returns whether a text is a request id that was drawn at random: one of mostly decimal digits may have been made of a phone number. */
function isRandomId(text: string): boolean {
  return text.length <= 36 && new RegExp(`^${requestId.source}$`, 'i').test(text) && text.replace(/[^a-f]/gi, '').length >= 4;
}

function withoutEchoes(body: string): string {
  let masked = '';
  let from = 0;
  for (const { 0: key, index } of body.matchAll(echoKey)) {
    // An echoed value may contain the member's name again.
    if (index < from) continue;
    masked += `${body.slice(from, index)}"attemptedValue":"[masked]"`;
    from = findValueEnd(body, index + key.length);
  }
  return masked + body.slice(from);
}

/** Returns the end of the JSON value that begins at `start`; the end of the text if the value is truncated. */
function findValueEnd(text: string, start: number): number {
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
