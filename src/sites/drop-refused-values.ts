import { z } from 'zod';
import { domainSchema } from '../config/domain.ts';
import type { ConfigProblem } from '../config/sites.ts';
import { dashboardUetSchema } from '../config/uet-urls.ts';
import type { StoredConfig } from '../storage/store/dashboard-sites.ts';

/** Removes values that an earlier version stored and this version rejects, so that the rest of the site keeps running. */

const { script, queue, idSync } = dashboardUetSchema.unwrap().shape;
const uetMembers = Object.entries({ script, queue, idSync });
const object = z.record(z.string(), z.json());

export function dropRefusedValues(written: StoredConfig): {
  readonly written: StoredConfig;
  readonly ignored: readonly ConfigProblem[];
} {
  const uet = withoutRefusedUet(written.uet);
  const domains = withoutRefusedDomains(written.domains);
  return {
    written: {
      ...written,
      ...(uet.kept !== undefined && { uet: uet.kept }),
      ...(domains.kept !== undefined && { domains: domains.kept }),
    },
    ignored: [...domains.ignored, ...uet.ignored],
  };
}

interface CleanedConfig {
  readonly kept?: StoredConfig[string];
  readonly ignored: readonly ConfigProblem[];
}

function withoutRefusedUet(stored: StoredConfig[string] | undefined): CleanedConfig {
  const uet = object.safeParse(stored);
  if (!uet.success) return { ignored: [] };
  const remaining = { ...uet.data };
  const ignored = uetMembers.flatMap(([name, schema]) => {
    const message = refusal(schema, remaining[name]);
    if (message === undefined) return [];
    delete remaining[name];
    return [{ path: `uet.${name}`, message: `Is ignored, and the default is used. ${message}` }];
  });
  return { kept: remaining, ignored };
}

/** Keeps the list as it is if none of its domains is accepted: a site needs one. */
function withoutRefusedDomains(stored: StoredConfig[string] | undefined): CleanedConfig {
  const domains = z.array(z.json()).safeParse(stored);
  if (!domains.success) return { ignored: [] };
  const kept = domains.data.filter((one) => refusal(domainSchema, one) === undefined);
  if (kept.length === 0) return { ignored: [] };
  const ignored = domains.data.flatMap((one, index) => {
    const message = refusal(domainSchema, one);
    return message === undefined ? [] : [{ path: `domains[${index}]`, message: `Is ignored. ${message}` }];
  });
  return { kept, ignored };
}

function refusal(schema: z.ZodType, value: unknown): string | undefined {
  const { error } = schema.safeParse(value);
  return error?.issues.map(({ message }) => message).join(' ');
}
