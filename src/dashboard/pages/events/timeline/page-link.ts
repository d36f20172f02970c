/** Returns whether a URL may be a link: only a web page on a domain of the site, because reported URLs are untrusted. */
export function isLinkable(url: string, domains: readonly string[]): boolean {
  const { protocol = '', hostname = '' } = URL.parse(url) ?? {};
  const host = hostname.replace(/\.$/, '');
  return /^https?:$/.test(protocol) && domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
