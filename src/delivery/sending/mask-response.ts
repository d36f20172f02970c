import type { HttpResponse } from '../../destinations/kit/destination.ts';

const maxChars = 4_096;
const emailLike = /[^\s"'<>@]{1,64}@[^\s"'<>@]{1,255}/g;
const longDigits = /(?<!\d)\+?\d[\d ().-]{7,20}\d(?!\w)/g;
/** Vendors echo what they refused under this name. */
const echoKey = /"attemptedValue"\s*:\s*/g;

/** A vendor's answer as it may be kept and shown: no echoed values, nothing that looks like an e-mail address or a phone number, bounded. */
export function maskResponse({ body }: HttpResponse): string {
  const kept = masked(masked(withoutEchoes(body), emailLike), longDigits);
  return kept.length > maxChars ? `${kept.slice(0, maxChars)}…` : kept;
}

/** Looks through JSON's escapes (`\u0040`), which hide nothing from who reads them, and leaves those that it does not mask. */
function masked(text: string, pattern: RegExp): string {
  let read = '';
  /** Where each of its characters stands in `text`. */
  const places: number[] = [];
  for (const { 0: char, 1: code, index } of text.matchAll(/\\u([0-9a-f]{4})|./gis)) {
    read += code === undefined ? char : String.fromCharCode(Number.parseInt(code, 16));
    places.push(index);
  }
  let kept = '';
  let from = 0;
  for (const { 0: found, index } of read.matchAll(pattern)) {
    kept += `${text.slice(from, places[index])}[masked]`;
    from = places[index + found.length] ?? text.length;
  }
  return kept + text.slice(from);
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
