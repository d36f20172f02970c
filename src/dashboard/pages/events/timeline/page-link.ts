/** Whether the dashboard may link the address: a web page on a domain of the site. Anybody can report any address. */
export function isLinkable(url: string, domains: readonly string[]): boolean {
  const { protocol = '', hostname = '' } = URL.parse(url) ?? {};
  const host = hostname.replace(/\.$/, '');
  return /^https?:$/.test(protocol) && domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
