import { isIPv4 } from 'node:net';
import { parse } from 'tldts';
import { z } from 'zod';

/** The rules of an entry of `sites[].domains`. A listed domain gets CORS with credentials, so it must belong to one owner. */

const form = z
  .string('Must be a domain name.')
  .toLowerCase()
  .regex(
    /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'Must be a domain name without scheme, port or path, such as `shop.example`. It covers its subdomains.',
  );

export const domainSchema = form
  .refine((name) => !isPublicSuffix(name), {
    error:
      'Must not be a public suffix, under which anyone can register a domain. Use the domain of the shop, such as `shop.example`.',
  })
  .refine((name) => !isAddress(name) || isLoopbackAddress(name), {
    error: 'Must be a domain name, not an IP address. Only loopback addresses such as `127.0.0.1` are allowed.',
  });

/** Returns whether the list has the name as a public suffix. Unlisted names such as `localhost` and `example` are safe, because no domain can be registered below them. */
function isPublicSuffix(name: string): boolean {
  const { publicSuffix, isIcann, isPrivate } = parse(name, { allowPrivateDomains: true });
  return publicSuffix === name && (isIcann === true || isPrivate === true);
}

/** @source https://url.spec.whatwg.org/#ends-in-a-number-checker (2026-11): browsers read such a host as an IPv4 address. */
function isAddress(name: string): boolean {
  return /(^|\.)(\d+|0x[\da-f]*)$/.test(name);
}

function isLoopbackAddress(name: string): boolean {
  return isIPv4(name) && name.startsWith('127.');
}
