import { z } from 'zod';
import { domainSchema } from '../config/domain.ts';
import { assigneeSchema, countrySchema, currencySchema, siteNameSchema } from '../config/site-schema.ts';
import type { ConfigProblem } from '../config/sites.ts';
import { timeZoneSchema } from '../config/time-zone.ts';
import { findDestination } from '../destinations/destinations.ts';
import type { StoredConfig } from '../storage/ports/dashboard-sites.ts';
import { renameUet } from './uet-alias.ts';

/** Removes values that an earlier version stored and this version rejects, so that the rest of the site keeps running. */

/** Lists the settings of a browser tag that have a default, so that a refused value can be left out. */
function listTagSettings(destination: string) {
  const { dashboard } = findDestination(destination)?.tag?.settings ?? {};
  const settings = dashboard instanceof z.ZodLazy ? dashboard.unwrap() : dashboard;
  if (!(settings instanceof z.ZodObject)) return [];
  return Object.entries(settings.shape).flatMap(([name, schema]) =>
    name !== 'mode' && schema instanceof z.ZodDefault ? [{ name, schema }] : [],
  );
}

const object = z.record(z.string(), z.json());

export function dropRefusedValues(stored: StoredConfig): {
  readonly written: StoredConfig;
  readonly ignored: readonly ConfigProblem[];
} {
  const written: StoredConfig = renameUet(stored);
  const tags = withoutRefusedTagSettings(written.tags);
  const domains = withoutRefusedDomains(written.domains);
  const codes = withoutRefusedCodes(written);
  return {
    written: {
      ...codes.kept,
      ...(tags.kept !== undefined && { tags: tags.kept }),
      ...(domains.kept !== undefined && { domains: domains.kept }),
    },
    ignored: [...domains.ignored, ...tags.ignored, ...codes.ignored],
  };
}

interface CleanedConfig {
  readonly kept?: StoredConfig[string];
  readonly ignored: readonly ConfigProblem[];
}

function withoutRefusedTagSettings(stored: StoredConfig[string] | undefined): CleanedConfig {
  const tags = z.record(z.string(), object).safeParse(stored);
  if (!tags.success) return { ignored: [] };
  const remaining = structuredClone(tags.data);
  const ignored = Object.entries(remaining).flatMap(([id, settings]) =>
    listTagSettings(id).flatMap(({ name, schema }) => {
      const message = refusal(schema, settings[name]);
      if (message === undefined) return [];
      delete settings[name];
      return [{ path: `tags.${id}.${name}`, message: `Is ignored, and the default is used. ${message}` }];
    }),
  );
  return { kept: remaining, ignored };
}

const codeSchemas = {
  name: siteNameSchema,
  defaultCountry: countrySchema,
  defaultCurrency: currencySchema,
  timeZone: timeZoneSchema,
  assignee: assigneeSchema,
};

function withoutRefusedCodes(written: StoredConfig): { readonly kept: StoredConfig; readonly ignored: readonly ConfigProblem[] } {
  const ignored = Object.entries(codeSchemas).flatMap(([path, schema]) => {
    const message = written[path] === undefined ? undefined : refusal(schema, written[path]);
    return message === undefined ? [] : [{ path, message: `Is ignored. ${message}` }];
  });
  const isKept = ([name]: readonly [string, unknown]) => ignored.every(({ path }) => path !== name);
  return { kept: Object.fromEntries(Object.entries(written).filter(isKept)), ignored };
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
