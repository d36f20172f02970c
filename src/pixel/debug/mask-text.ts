const emailLike = /[^\s@]*(@|%(25)*40)[^\s@]*/g;
/** Matches seven digits or more, also with the separators of phone numbers. */
const phoneLike = /\d([\s().\-/]*\d){6,}/g;
/** Characters that are invisible, or that change the order of the text around them. */
const invisible = /\p{C}/gu;

/** Returns a text of the page as it may be shown: short, on one line, without e-mail addresses and phone numbers. */
export function maskText(text: unknown, maxLength = 64): string {
  const plain = String(text).slice(0, 500).replace(invisible, ' ').replace(emailLike, '•••').replace(phoneLike, '•••');
  return plain.length > maxLength ? `${plain.slice(0, maxLength)}…` : plain;
}

/** Returns the first characters of an id, at most half of it. */
export function maskId(id: unknown): string {
  const text = maskText(id);
  return `${text.slice(0, Math.min(4, text.length / 2))}…`;
}
