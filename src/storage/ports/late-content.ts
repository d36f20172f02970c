import { z } from 'zod';
import type { LateConversion } from '../../event/late-conversion.ts';
import type { ToldOrder } from '../../event/order-adjustment.ts';

/** The content of a stored row of a late purchase. */
export interface LateContent extends LateConversion {
  /** The goal that the purchase was uploaded to. Set before the first call: from then on the value stays, because the platform may have it. */
  readonly goal?: string;
  /** The order before any refund. Absent without an order id. */
  readonly order?: ToldOrder;
}

const text = z.string().exactOptional();
const amount = z.number().exactOptional();
const contentSchema: z.ZodType<LateContent> = z.lazy(() =>
  z.object({
    ...{ time: z.number(), clickId: text, email: text, phone: text, value: amount, currency: text },
    goal: text,
    order: z.object({ total: amount, told: amount, currency: text }).exactOptional(),
  }),
);

/** Parses the content of a stored row. Undefined: this version cannot read it. */
export function parseLateContent(content: string): LateContent | undefined {
  return parse(contentSchema, content);
}

const changeSchema = z.lazy(() =>
  z.object({
    goal: text,
    /** The value that was left, in thousandths. */
    left: amount,
    currency: text,
    at: amount,
  }),
);
/** The content of an `offline-adjustment`. Empty until it was sent: the uploaded purchase has all that identifies it. */
export type LateChangeContent = z.output<typeof changeSchema>;

/** Parses the content of a refund of an uploaded purchase. Undefined: this version cannot read it. */
export function parseLateChange(content: string): LateChangeContent | undefined {
  return parse(changeSchema, content);
}

function parse<T>(schema: z.ZodType<T>, content: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}
