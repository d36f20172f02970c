import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly UC_UI: { getServicesBaseInfo(): readonly Service[] };
}

interface Service {
  readonly categorySlug: string;
  readonly consent: { readonly status: boolean; readonly history: readonly { readonly type: string }[] };
}

/** Version 2. The history before a choice is implicit. @source https://usercentrics.com/docs/web/features/api/control-functionality/ (2026-11) */
export const readUsercentrics2: ReadChoice<Page> = ({ UC_UI }, category = 'marketing') => {
  const services = UC_UI.getServicesBaseInfo().filter((each) => each.categorySlug === category);
  return /"explicit"/i.test(JSON.stringify(services)) && [services.every((each) => each.consent.status)];
};
