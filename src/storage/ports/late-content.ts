import { z } from 'zod';
import type { LateConversion } from '../../event/late-conversion.ts';

/** The content of a stored row of a late purchase. */
export interface LateContent extends LateConversion {
  /** The goal that the purchase was uploaded to. Absent before. */
  readonly goal?: string;
}

const text = z.string().exactOptional();
const contentSchema: z.ZodType<LateContent> = z.lazy(() =>
  z.object({
    ...{ time: z.number(), clickId: text, email: text, phone: text, value: z.number().exactOptional(), currency: text },
    goal: text,
  }),
);

/** Parses the content of a stored row. Undefined: this version cannot read it. */
export function parseLateContent(content: string): LateContent | undefined {
  try {
    return contentSchema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}
