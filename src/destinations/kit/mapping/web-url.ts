/** Returns whether the text is a page URL that a platform accepts: absolute, `http` or `https`. */
export function isWebUrl(text: string): boolean {
  return /^https?:\/\/\S*$/i.test(text) && URL.canParse(text);
}

/** Returns the URL up to its query or fragment, whichever is first. Both may contain personal data. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}
