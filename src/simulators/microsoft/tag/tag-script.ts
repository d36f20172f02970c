import { createTagCookies } from '../../kit/tag/tag-cookies.ts';
import { tagNavigation } from '../../kit/tag/tag-navigation.ts';
import { tagSha256 } from '../../kit/tag/tag-sha256.ts';
import type { Settings } from '../settings.ts';
import { tagBeacons } from './tag-beacons.ts';
import { tagConstructor } from './tag-constructor.ts';
import { tagIdentity } from './tag-identity.ts';
import { tagParameters } from './tag-parameters.ts';

/**
 * Returns the script of `GET /bat.js`: a classic script that defines `window.UET`. It implements the documented behaviour of the UET
 * tag and reports to the origin that it was loaded from. Undocumented behaviour is marked as an assumption in the file that decides
 * it. Not simulated: client hints, Clarity and Insights, the tag's own settings file, TCF strings (`config tcf` is accepted and only
 * sets `uetConfig.tcf.enabled`), and the separate host for denied consent.
 *
 * @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uetv2nonjs (2026-05), hlp_ba_conc_uet_consent,
 * hlp_ba_conc_uet_faq_2, hlp_ba_conc_uet_parameters_table and hlp_ba_conc_uetv2syntaxupdate (2026-06) of the same folder
 */
export function createTagScript({ tagThrows, tagProductIdRule, tagEnforcesConsent }: Settings): string {
  const rules = JSON.stringify({ throws: tagThrows, productIds: tagProductIdRule, enforced: tagEnforcesConsent });
  return `// The UET tag of the Microsoft simulator. It reports to the origin that it was loaded from.
(() => {
'use strict';
const rules = ${rules};
const origin = document.currentScript?.src ? new URL(document.currentScript.src).origin : location.origin;
${[createTagCookies('_uetprobe'), tagSha256, tagNavigation, tagParameters, tagIdentity, tagBeacons, tagConstructor].join('')}
window.UET = UET;
})();
`;
}
