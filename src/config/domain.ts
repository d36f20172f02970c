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
      'Must not be a public suffix, under which anybody can register a domain. Enter the domain of the shop below it, such as `shop.example`.',
  })
  .refine((name) => !isAddress(name) || isLoopbackAddress(name), {
    error:
      'Must be a name, not an IP address; only loopback addresses such as `127.0.0.1` are accepted. Enter the domain name of the shop.',
  });

/** Names that the list does not know, such as `localhost` and `example`, are not suffixes here: nobody can register below them. */
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
