import { z } from 'zod';

/** The rules of `sites[].uet`. The dashboard accepts fewer URLs than the config file, because the pixel loads them into shop pages. */

const tagId = z
  .union([z.string(), z.int()], 'Must be the UET tag id: digits.')
  .transform(String)
  .pipe(z.string().regex(/^[1-9]\d{0,19}$/, 'Must be the UET tag id: digits, not starting with 0.'));

export const webUrlSchema = z.url({ protocol: /^https?$/, error: 'Must be a complete http or https URL.', abort: true });

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
  }, `Must be an https URL on one of ${listed}. Other URLs are allowed only in the config file.`);
}

const queueRule = 'Must be the name of a variable of the page, such as `uetq`, and not that of a member of every object.';
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
      error: 'Is missing. Unless `mode` is `off`, set it to the id of the tag on the page.',
      when: ({ value }) => usesTag.safeParse(value).success, // Runs although another member is invalid.
    })
    .prefault({});
}

export const fileUetSchema = createUetSchema(webUrlSchema, webUrlSchema);
export const dashboardUetSchema = createUetSchema(
  createVendorAddress(vendorHosts.script),
  createVendorAddress(vendorHosts.idSync),
);
