import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from './gateway.fixture.ts';

const alertSchema = z.strictObject({
  alert: z.string().regex(/^Convey[A-Z]\w+$/),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+[mh]$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: z.string().min(1), description: z.string().min(1), runbook_url: z.url() }),
});
const recordSchema = z.strictObject({ record: z.string().regex(/^\w+:convey_\w+:\w+$/), expr: z.string() });
const rulesSchema = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(z.union([alertSchema, recordSchema])).min(1) })),
});

export const rulesFile = join(root, 'deploy/prometheus-rules.yaml');
export const ruleGroups = rulesSchema.parse(parse(readFileSync(rulesFile, 'utf8'))).groups;
const rules = ruleGroups.flatMap((group) => group.rules);
export const alerts = rules.flatMap((rule) => ('alert' in rule ? [rule] : []));
export const records = rules.flatMap((rule) => ('record' in rule ? [rule] : []));
