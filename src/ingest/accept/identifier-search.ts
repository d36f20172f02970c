/** A folded identifier with what a text must have to contain it: letters and digits, and as many of them. */
export interface Needle {
  readonly text: string;
  /** A bit for each letter from `a`. */
  readonly letters: number;
  /** A bit for each digit. */
  readonly digits: number;
  /** Whether it has a character beside letters and digits of ASCII. */
  readonly isOther: boolean;
}

/** Returns the needle of a folded identifier, which has letters and digits only. */
export function toNeedle(text: string): Needle {
  let letters = 0;
  let digits = 0;
  let isOther = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x61 && code <= 0x7a) letters |= 1 << (code - 0x61);
    else if (code >= 0x30 && code <= 0x39) digits |= 1 << (code - 0x30);
    else isOther = true;
  }
  return { text, letters, digits, isOther };
}

/**
 * Returns whether a text may contain one of the needles with any punctuation between their letters and digits. False is certain. Reads the text
 * once and copies nothing, because nearly no text contains one. A text with a percent sign or without ASCII alone may always contain one.
 */
export function mayContainNeedle(text: string, needles: readonly Needle[]): boolean {
  let letters = 0;
  let digits = 0;
  let length = 0;
  let run = 0;
  let longestRun = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // The bit turns a capital of ASCII into its small letter, and makes no other character a letter.
    const lower = code | 0x20;
    if (code > 0x7f || code === 0x25) return true;
    if (lower >= 0x61 && lower <= 0x7a) {
      letters |= 1 << (lower - 0x61);
      length++;
      run = 0;
    } else if (code >= 0x30 && code <= 0x39) {
      digits |= 1 << (code - 0x30);
      length++;
      if (++run > longestRun) longestRun = run;
    }
  }
  for (const needle of needles) {
    const available = needle.letters === 0 ? longestRun : length;
    if (needle.isOther || available < needle.text.length) continue;
    if ((needle.letters & ~letters) === 0 && (needle.digits & ~digits) === 0) return true;
  }
  return false;
}
