import { z } from 'zod';

/** Accepts any web URL. Only the config file may set it for a browser tag, because the pixel loads it into shop pages. */
export const webUrlSchema = z.url({ protocol: /^https?$/, error: 'Must be a complete http or https URL.', abort: true });

/** Creates the schema of a browser tag's URL in the dashboard: it accepts only the vendor's own hosts. */
export function createVendorUrlSchema(hosts: readonly string[]): z.ZodURL {
  const listed = hosts.map((host) => `\`${host}\``).join(', ');
  return webUrlSchema.refine((text) => {
    const { origin, username = '', password = '' } = URL.parse(text) ?? {};
    return username + password === '' && hosts.some((host) => origin === `https://${host}`);
  }, `Must be an https URL on one of ${listed}. Other URLs are allowed only in the config file.`);
}
