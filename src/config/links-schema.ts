import { z } from 'zod';
import { domainSchema } from './domain.ts';

const maxLinks = 16;
const countRule = `Must have 1 to ${maxLinks} domains.`;

export const linksSchema = z
  .array(domainSchema, 'Must be a list of domain names.')
  .min(1, countRule)
  .max(maxLinks, countRule)
  .describe("The site's own domains to which [links carry the visitor](../guides/cross-domain.md). Each covers its subdomains.");
