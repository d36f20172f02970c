/** First segment of the UET tag's `_uetvid` cookie, lower-cased; `undefined` when it is not 32 hexadecimal digits. */
export function readUetVid(cookie: string): string | undefined {
  const [first = ''] = cookie.trim().split('|', 1);
  return /^[0-9a-f]{32}$/i.test(first) ? first.toLowerCase() : undefined;
}

/** A visitor id as its maker wrote it: 1 to 128 printable ASCII characters. */
export function readAnonymousId(given: string): string | undefined {
  const text = given.trim();
  return /^[\x21-\x7e]{1,128}$/.test(text) ? text : undefined;
}
