import { type IdentityLink, linkKind, plainKeyOf } from '../identity/identity-links.ts';
import { personAt, type VisitorProfile } from '../identity/visitor-profile.ts';
import type { Erasure } from '../storage/store/erasure.ts';
import type { PersonIdentifiers, PersonQuery } from './person-query.ts';

type Erased = Erasure['visitors'][number];

/**
 * What goes of a visitor who is the person's: everything, unless somebody else told who they are in the same browser. Then what
 * they told stays, and what the browser told while it was theirs. `undefined` where there is nothing.
 */
export function planVisitorErasure(
  visitor: string,
  facts: VisitorProfile | undefined,
  links: readonly IdentityLink[],
  { names, wanted }: { readonly names: PersonIdentifiers; readonly wanted: PersonQuery },
): Erased | undefined {
  if (!facts) return links.length > 0 ? { visitor } : undefined;
  const others = facts.persons.filter(({ value }) => names.areOfSomebodyElse([value]));
  if (others.length === 0) return { visitor };
  const isTheirs = ({ at }: { readonly at: number }) => names.areOfSomebodyElse([personAt(facts, at)]);
  const clicks = Object.entries(facts.clicks)
    .map(([name, told]) => [name, told.filter(isTheirs)] as const)
    .filter(([, told]) => told.length > 0);
  const kept = {
    ...facts,
    clicks: Object.fromEntries(clicks),
    persons: others,
    clients: facts.clients.filter(isTheirs),
    uetVids: facts.uetVids.filter(isTheirs),
  };
  const isGone = (link: IdentityLink) =>
    wanted.links.includes(plainKeyOf(link)) || names.hasKey(link.key) || (linkKind(link) === 'order' && !isTheirs(link));
  const gone = links.filter(isGone).map(({ key }) => key);
  const isSame = gone.length === 0 && JSON.stringify(kept) === JSON.stringify(facts);
  return isSame ? undefined : { visitor, profile: kept, links: gone };
}
