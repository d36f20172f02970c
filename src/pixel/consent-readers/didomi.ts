import type { ReadChoice } from '../consent-reader.ts';

type States = Readonly<Record<string, { readonly enabled: boolean } | undefined>>;

interface Page {
  readonly Didomi: {
    isConsentRequired(): boolean;
    isUserStatusPartial(): boolean;
    getCurrentUserStatus(): { readonly vendors: States };
  };
}

/**
 * A category is the id of a vendor. Without one the shopper must have accepted every vendor: our assumption, because each shop has vendors of
 * its own.
 * @source https://developers.didomi.io/cmp/web-sdk/reference/api (2026-11)
 */
export const readDidomi: ReadChoice<Page> = ({ Didomi }, category) => {
  const { vendors } = Didomi.getCurrentUserStatus();
  const ids = category ? [category] : Object.keys(vendors);
  return Didomi.isConsentRequired() && !Didomi.isUserStatusPartial() && [ids.every((each) => vendors[each]?.enabled)];
};
