import { clickNames } from '../click-names.ts';
import { getText, type Json, omitUndefined, parseVisitorAttribute } from '../json-fields.ts';

/** The key of the visitor in the metadata of a session or a subscription. */
export const visitorKey = 'convey_visitor';

/** The parts of a submission that name the visitor, as the shop put them into Stripe's objects. */
interface GivenVisitor {
  readonly anonymousId?: string;
  /** The parts beside `user`: consent and click ids. */
  readonly rest: Json;
}

/**
 * Reads visitor and click ids from metadata. A Payment Link has no metadata of the visit, so its `client_reference_id` may have the visitor.
 * @param metadata the places in which the shop may have put them; the first one with a value counts
 */
export function readVisitor(metadata: readonly Json[], reference?: string): GivenVisitor {
  const find = (name: string) => metadata.flatMap((one) => getText(one, name) ?? []).at(0);
  const { anonymousId, isDenied } = parseVisitorAttribute(find(visitorKey) ?? reference);
  const clicks = omitUndefined(Object.fromEntries(clickNames.map((name) => [name, find(name)])));
  return {
    ...(anonymousId !== undefined && { anonymousId }),
    rest: {
      ...(isDenied && { consent: { adStorage: 'denied', explicit: true } }),
      ...(Object.keys(clicks).length > 0 && { clickIds: clicks }),
    },
  };
}

/** Returns whether a client reference is the visitor's, not the shop's. */
export function isVisitorReference(reference: string | undefined): boolean {
  const { anonymousId, isDenied } = parseVisitorAttribute(reference);
  return isDenied || anonymousId !== undefined;
}
