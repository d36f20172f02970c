import type { Store } from '../../storage/ports/store.ts';
import type { Upload } from '../../storage/ports/uploads.ts';
import { applyGpcDenial } from '../../visitors/visitor-profile.ts';

/** Returns the keys of the rows whose visitor denied consent since the purchase. */
export async function findDenied(
  due: readonly Upload[],
  site: string,
  store: Pick<Store, 'getProfiles'>,
): Promise<ReadonlySet<string>> {
  const visitors = [...new Set(due.flatMap(({ person }) => person?.anonymousId ?? []))];
  if (visitors.length === 0) return new Set();
  const profiles = await store.getProfiles(site, visitors);
  const isDenied = ({ person, at }: Upload) => {
    const profile = profiles.get(person?.anonymousId ?? '');
    const { deniedAt } = (profile && applyGpcDenial(profile)) ?? {};
    return deniedAt !== undefined && deniedAt >= at;
  };
  return new Set(due.filter(isDenied).map(({ key }) => key));
}
