import type { Settings } from '../settings.ts';
import { tagBeacons } from './tag-beacons.ts';
import { tagConstructor } from './tag-constructor.ts';
import { tagIdentity } from './tag-identity.ts';
import { tagParameters } from './tag-parameters.ts';

/**
 * `GET /bat.js`: a stand-in for the UET tag of our own making, as a classic script that defines `window.UET`. It does what the
 * vendor's help pages say of the tag, and reports to the address that it was loaded from. What those pages leave open is marked
 * as an assumption where it is decided. Not imitated: client hints, Clarity and Insights, the tag's own settings file, TCF
 * strings (`config tcf` is taken and has no effect beyond `uetConfig.tcf.enabled`), and the other host for denied consent.
 *
 * @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uetv2nonjs (2026-05), hlp_ba_conc_uet_consent,
 * hlp_ba_conc_uet_faq_2, hlp_ba_conc_uet_parameters_table and hlp_ba_conc_uetv2syntaxupdate (2026-06) of the same folder
 */
export function tagScript({ tagThrows, tagProductIdRule, tagEnforcesConsent }: Settings): string {
  const rules = JSON.stringify({ throws: tagThrows, productIds: tagProductIdRule, enforced: tagEnforcesConsent });
  return `// A stand-in for the UET tag, by the Microsoft simulator. It reports to where it came from.
(() => {
'use strict';
const rules = ${rules};
const home = document.currentScript?.src ? new URL(document.currentScript.src).origin : location.origin;
${[tagParameters, tagIdentity, tagBeacons, tagConstructor].join('')}
window.UET = UET;
})();
`;
}
