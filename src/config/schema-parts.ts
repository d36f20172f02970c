import { z } from 'zod';
import { oneLine } from '../event/one-line.ts';

/** The forms of values that several parts of the config file have. A message is rule and remedy. */

export const text = (rule: string) => z.string(rule).trim().min(1, rule).max(200, rule).regex(oneLine, rule);

/** The id of a site, a connection or a hook. */
export const id = z
  .string('Must be text: lower-case letters, digits and hyphens.')
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Must be 1 to 63 lower-case letters, digits and hyphens, and not start with a hyphen.');

/** Returns the schema of a public URL whose path matches `path`. */
export const publicUrl = (path: RegExp, rule: string) =>
  z
    .url({ protocol: /^https?$/, error: rule, abort: true })
    .max(200, rule)
    .refine((text) => {
      const { href, origin, pathname = '' } = URL.parse(text) ?? {};
      return href === `${origin}${pathname}` && path.test(pathname);
    }, rule)
    .optional();
/** The shop's pages contain this URL, so its path may have only plain characters. */
export const collectorUrl = publicUrl(
  /^(?:\/[\w.~-]+)*\/?$/,
  'Must be an http or https URL, such as `https://data.shop.example`. It may have the path of the collector, such as `https://shop.example/data`.',
).overwrite((text) => URL.parse(text ?? '')?.href.replace(/\/$/, '') ?? text);
