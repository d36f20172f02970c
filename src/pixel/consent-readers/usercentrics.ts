import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly __ucCmp: { getConsentDetails(): Promise<Details> };
}

interface Details {
  readonly consent: { readonly type: 'EXPLICIT' | 'IMPLICIT' };
  readonly categories: Readonly<Record<string, { readonly state: string }>>;
}

/** The answer, which comes later. The next look reads it. */
let details: Details;

/** Version 3. Before a choice the type is `IMPLICIT`. @source https://usercentrics.com/docs/web/features/api/interfaces/ (2026-11) */
export const readUsercentrics: ReadChoice<Page> = ({ __ucCmp }, category = 'marketing') => {
  __ucCmp.getConsentDetails().then(
    (answer) => (details = answer),
    () => {},
  );
  return details.consent.type === 'EXPLICIT' && [details.categories[category]?.state === 'ALL_ACCEPTED'];
};
