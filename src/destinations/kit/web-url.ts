/** Whether a platform can read it as the address of a page: absolute, `http` or `https`. */
export function isWebUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && !/\s/.test(text) && URL.canParse(text);
}

/** The address up to its query or fragment, whichever comes first. Both may name a person. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}
