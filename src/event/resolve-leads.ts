import { listEmbedSignals } from './embed-signals.ts';
import { isStandardEventName, listAliases } from './event-names.ts';
import { type FormCapture, type PersonField, personFields } from './lead-settings.ts';
import type { FormSettings, PixelSettings } from './pixel-settings.ts';
import type { Site } from './site.ts';

/** Returns the settings of the parts of the pixel that report leads. */
export function resolveLeads({ capture }: Pick<Site, 'capture'>): Pick<PixelSettings, 'forms' | 'formPreviews' | 'embeds'> {
  const { forms = [], embeds = [] } = capture ?? {};
  const read = forms.filter(({ mode }) => mode === 'on').map(toFormSettings);
  const shown = forms.flatMap((form, at) => (form.mode === 'preview' ? [[at, toFormSettings(form)] as const] : []));
  return {
    ...(shown.length > 0 && { formPreviews: shown }),
    ...(read.length > 0 && { forms: read }),
    ...(embeds.length > 0 && { embeds: embeds.flatMap(listEmbedSignals) }),
  };
}

function toFormSettings({ selector, event, fields, success }: FormCapture): FormSettings {
  const names = isStandardEventName(event) ? listAliases(event) : [event.toLowerCase()];
  const { url } = success ?? {};
  return {
    selector,
    event,
    names,
    fields: personFields.flatMap((field) => listTargets(field, fields[field])),
    ...(success && { success: url === undefined ? success : { url: toUrlForm(url) } }),
  };
}

/** Returns the target of a field of the person with the operator's selector, or with those of its autocomplete tokens. */
function listTargets(field: PersonField, selector: string | undefined): FormSettings['fields'] {
  const target = addressFields.has(field) ? `.${field}` : field;
  return (selector === undefined ? tokens[field] : [selector]).map((each) => [target, each]);
}

const addressFields: ReadonlySet<PersonField> = new Set(['street', 'city', 'state', 'zip', 'country']);

const byToken = (token: string) => `[autocomplete~=${token} i]`;

/**
 * The selectors of each field by its autocomplete token. A fax or a pager is no phone.
 * @source https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill (2026-08)
 */
const tokens: Readonly<Record<PersonField, readonly string[]>> = {
  email: [byToken('email')],
  phone: [`${byToken('tel')}:not(${byToken('fax')},${byToken('pager')})`],
  firstName: [byToken('given-name')],
  lastName: [byToken('family-name')],
  street: [`${byToken('street-address')},${byToken('address-line1')}`, byToken('address-line2'), byToken('address-line3')],
  city: [byToken('address-level2')],
  state: [byToken('address-level1')],
  zip: [byToken('postal-code')],
  country: [byToken('country')],
};

/** Returns a regular expression of the address, in which a closing slash and more of query and fragment do not matter. */
function toUrlForm(url: string): string {
  const literal = url.replace(/(?<=.)\/$/, '').replace(/[\\^$.+?()[\]{}|]/g, '\\$&');
  return `^${literal.replaceAll('*', '.*')}/?([?&#].*)?$`;
}
