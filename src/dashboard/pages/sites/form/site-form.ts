import type { ApiBody, DestinationView, SiteSettingsView } from '../../../../api/client.ts';
import { type CaptureForm, toCaptureForm, toCapturePatch } from '../capture/capture-form.ts';
import { type TagForms, toTagForms, toTagPatch } from './tag-form.ts';

/** The values of a site's form. An empty text means that the value is not set. */
export interface SiteForm {
  readonly name: string;
  readonly domains: readonly string[];
  readonly platform: SiteSettingsView['platform'];
  readonly publicUrl: string;
  readonly policy: SiteSettingsView['consent']['policy'];
  readonly missingCountry: SiteSettingsView['consent']['missingCountry'];
  readonly defaultCountry: string;
  readonly defaultCurrency: string;
  readonly timeZone: string;
  readonly assignee: string;
  readonly bots: SiteSettingsView['bots'];
  readonly tags: TagForms;
  readonly purchaseHoldSeconds: SiteSettingsView['purchaseHoldSeconds'];
  readonly purchases: SiteSettingsView['purchases'];
  readonly purchaseOn: SiteSettingsView['webhooks']['purchaseOn'];
  readonly purchaseId: SiteSettingsView['segment']['purchaseId'];
  readonly adConsentCategories: readonly string[];
  readonly capture: CaptureForm;
}

export function toSiteForm(site: SiteSettingsView, destinations: readonly Pick<DestinationView, 'id' | 'tag'>[]): SiteForm {
  const { name, domains, platform, publicUrl = '', consent, defaultCountry = '', defaultCurrency = '', bots, tags } = site;
  const { timeZone, assignee = '', purchaseHoldSeconds, purchases, webhooks, segment } = site;
  return {
    name,
    domains,
    platform,
    publicUrl,
    policy: consent.policy,
    missingCountry: consent.missingCountry,
    defaultCountry,
    defaultCurrency,
    timeZone,
    assignee,
    bots,
    tags: toTagForms(destinations, tags),
    purchaseHoldSeconds,
    purchases,
    purchaseOn: webhooks.purchaseOn,
    purchaseId: segment.purchaseId,
    adConsentCategories: segment.adConsentCategories,
    capture: toCaptureForm(site.capture),
  };
}

/** Returns the body of a `PATCH` request with the changed fields only. */
export function toSitePatch(
  form: SiteForm,
  changed: readonly (keyof SiteForm)[],
  saved?: Pick<SiteSettingsView, 'tags' | 'capture'>,
): ApiBody<'PATCH /api/sites/:site'> {
  const { name, domains, platform, publicUrl, policy, missingCountry, defaultCountry, defaultCurrency, bots, tags } = form;
  const { timeZone, assignee, purchaseHoldSeconds, purchases, purchaseOn, purchaseId, adConsentCategories } = form;
  const is = (field: keyof SiteForm) => changed.includes(field);
  return {
    ...(is('name') && { name }),
    ...(is('domains') && { domains: [...domains] }),
    ...(is('platform') && { platform }),
    ...(is('publicUrl') && { publicUrl: publicUrl.trim() || null }),
    ...((is('policy') || is('missingCountry')) && {
      consent: { ...(is('policy') && { policy }), ...(is('missingCountry') && { missingCountry }) },
    }),
    ...(is('defaultCountry') && { defaultCountry: defaultCountry.trim() || null }),
    ...(is('defaultCurrency') && { defaultCurrency: defaultCurrency.trim() || null }),
    ...(is('timeZone') && { timeZone: timeZone.trim() || 'UTC' }),
    ...(is('assignee') && { assignee: assignee.trim() || null }),
    ...(is('bots') && { bots }),
    ...(is('tags') && { tags: toTagPatch(tags, saved?.tags) }),
    ...(is('purchaseHoldSeconds') && { purchaseHoldSeconds }),
    ...(is('purchases') && { purchases }),
    ...(is('purchaseOn') && { webhooks: { purchaseOn } }),
    ...(is('capture') && { capture: toCapturePatch(form.capture, saved?.capture) }),
    ...((is('purchaseId') || is('adConsentCategories')) && {
      segment: {
        ...(is('purchaseId') && { purchaseId }),
        ...(is('adConsentCategories') && {
          adConsentCategories: adConsentCategories.length === 0 ? null : [...adConsentCategories],
        }),
      },
    }),
  };
}

/** Returns an id for a name: `Clockwork & Daughters` becomes `clockwork-daughters`. */
export function suggestSiteId(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '');
}

/** Extracts the domain from a pasted URL. Removes `www.`, because a domain includes its subdomains. */
export function parseDomain(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/[/?#].*$/, '')
    .replace(/:\d*$/, '')
    .replace(/^www\.(?=[^.]+\.)/, '');
}
