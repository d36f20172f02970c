/** Completes "must be". */
export const accountNameRule = '1 to 100 letters, digits and `.`, `_`, `@`, `+`, `-`, starting with a letter or a digit';

/** Names are case-insensitive. */
export function normalizeAccountName(text: string): string {
  return text.trim().toLowerCase();
}

export function isAccountName(text: string): boolean {
  return /^[a-z0-9][a-z0-9._@+-]{0,99}$/.test(normalizeAccountName(text));
}
