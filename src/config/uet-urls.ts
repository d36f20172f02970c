import { z } from 'zod';

/** The rules of `sites[].uet`. The dashboard accepts fewer addresses than the config file, because the pixel loads them into shop pages. */

const tagId = z
  .union([z.string(), z.int()], 'Must be the UET tag id: digits.')
  .transform(String)
  .pipe(z.string().regex(/^[1-9]\d{0,19}$/, 'Must be the UET tag id: digits, not starting with 0.'));

export const webUrlSchema = z.url({ protocol: /^https?$/, error: 'Must be a whole http or https address.', abort: true });

/**
 * Hosts that the dashboard may set. `c.bing.com` is not among those of the script: it answers with redirects to other hosts.
 * @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uetv2csp (2026-06)
 */
const vendorHosts = {
  script: ['bat.bing.com', 'bat.bing.net'],
  idSync: ['bat.bing.com', 'bat.bing.net', 'c.bing.com'],
} as const;

function createVendorAddress(hosts: readonly string[]) {
  const listed = hosts.map((host) => `\`${host}\``).join(', ');
  return webUrlSchema.refine((text) => {
    const { origin, username = '', password = '' } = URL.parse(text) ?? {};
    return username + password === '' && hosts.some((host) => origin === `https://${host}`);
  }, `Must be an https address on one of ${listed}. Any other address is set only in the config file: enter one of these hosts, or write the site into the file.`);
}

const queueRule = 'Must be the name of a variable of the page, such as `uetq`, and no name that every object has.';
const queue = z
  .string(queueRule)
  .regex(/^[A-Za-z_$][\w$]{0,63}$/, queueRule)
  .refine((name) => !(name in Object.prototype), queueRule);

const usesTag = z.object({ mode: z.enum(['attach', 'load']) });

function createUetSchema(script: z.ZodURL, idSync: z.ZodURL) {
  return z
    .strictObject({
      mode: z.enum(['off', 'attach', 'load'], 'Must be `off`, `attach` or `load`.').default('off'),
      tagId: tagId.optional(),
      script: script.default('https://bat.bing.com/bat.js'),
      queue: queue.default('uetq'),
      idSync: idSync.default('https://c.bing.com/c.gif'),
    })
    .refine((uet) => uet.tagId !== undefined, {
      path: ['tagId'],
      error: 'Is needed unless `mode` is `off`: the tag that the page runs.',
      when: ({ value }) => usesTag.safeParse(value).success, // Runs although another member is invalid.
    })
    .prefault({});
}

export const fileUetSchema = createUetSchema(webUrlSchema, webUrlSchema);
export const dashboardUetSchema = createUetSchema(
  createVendorAddress(vendorHosts.script),
  createVendorAddress(vendorHosts.idSync),
);
