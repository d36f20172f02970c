import { z } from 'zod';

/** Accepts any web URL. Only the config file may set it for a browser tag, because the pixel loads it into shop pages. */
export const webUrlSchema = z.url({ protocol: /^https?$/, error: 'Must be a complete http or https URL.', abort: true });

/**
 * Creates the schema of a browser tag's URL in the dashboard: it accepts only these URLs of the vendor, as they are written. A vendor's host
 * is not enough: anybody may publish a script of their own on some of them.
 */
export function createVendorUrlSchema(urls: readonly string[]): z.ZodURL {
  const listed = urls.map((url) => `\`${url}\``).join(', ');
  const rule = urls.length > 1 ? `one of ${listed}` : listed;
  return webUrlSchema.refine((text) => urls.includes(text), `Must be ${rule}. Other URLs are allowed only in the config file.`);
}

/** Adds parameters to the query of a browser tag's URL, which may have one of its own in the config file. */
export function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  const whole = new URL(url);
  whole.hash = '';
  for (const [name, value] of Object.entries(parameters)) whole.searchParams.set(name, value);
  return whole.href;
}
