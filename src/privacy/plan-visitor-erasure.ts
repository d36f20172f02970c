import type { Erasure } from '../storage/ports/erasure.ts';
import { getLinkKind, type IdentityLink, toPlainKey } from '../visitors/identity-links.ts';
import type { TimedValuesByName } from '../visitors/profile-limits.ts';
import { getPerson, type VisitorProfile } from '../visitors/visitor-profile.ts';
import type { PersonIdentifiers, PersonQuery } from './person-query.ts';

type ErasedVisitor = Erasure['visitors'][number];

/**
 * Returns which data of a person's visitor is erased: everything, unless another person has identified themselves in the same browser. The
 * data of the other person, and of the time in which the browser was theirs, stays. Returns `undefined` if there is nothing to erase.
 */
export function planVisitorErasure(
  visitor: string,
  profile: VisitorProfile | undefined,
  links: readonly IdentityLink[],
  { identifiers, query }: { readonly identifiers: PersonIdentifiers; readonly query: PersonQuery },
): ErasedVisitor | undefined {
  if (!profile) return links.length > 0 ? { visitor } : undefined;
  const others = profile.persons.filter(({ value }) => identifiers.contradict([value]));
  if (others.length === 0) return { visitor };
  const isOthers = ({ at }: { readonly at: number }) => identifiers.contradict([getPerson(profile, at)]);
  const filterIds = (byName: TimedValuesByName) =>
    Object.fromEntries(
      Object.entries(byName)
        .map(([name, ids]) => [name, ids.filter(isOthers)] as const)
        .filter(([, ids]) => ids.length > 0),
    );
  const remaining = {
    ...profile,
    clicks: filterIds(profile.clicks),
    persons: others,
    clients: profile.clients.filter(isOthers),
    browserIds: filterIds(profile.browserIds),
  };
  const isErased = (link: IdentityLink) =>
    query.links.includes(toPlainKey(link)) || identifiers.hasKey(link.key) || (getLinkKind(link) === 'order' && !isOthers(link));
  const erased = links.filter(isErased).map(({ key }) => key);
  const isUnchanged = erased.length === 0 && JSON.stringify(remaining) === JSON.stringify(profile);
  return isUnchanged ? undefined : { visitor, profile: remaining, links: erased };
}
