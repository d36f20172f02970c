import { z } from 'zod';

export const issueSchema = z.object({ field: z.string(), code: z.string(), message: z.string() });
export const issuesSchema = z.array(issueSchema).readonly();
