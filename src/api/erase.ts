import type { Site } from '../event/site.ts';
import type { Eraser, ErasureRefused } from '../retention/erase.ts';
import { personKeys, readWanted } from '../retention/person.ts';
import type { ErasureReport } from './answers.ts';
import type { ErasureRequest } from './parameters.ts';
import { Refusal } from './refusals.ts';

const refusals = {
  busy: 'erasure-running',
  'no-room': 'erasure-no-room',
  stopping: 'erasure-stopped',
} as const satisfies Record<ErasureRefused, string>;

/** Erases whom the body names: the raw key is hashed at once, and nothing repeats it. */
export async function answerErase(
  site: Site,
  eraser: Eraser,
  person: ErasureRequest,
): Promise<ErasureReport | Refusal<'person-key' | (typeof refusals)[ErasureRefused]>> {
  const given = personKeys.flatMap((key) => (person[key] === undefined ? [] : [[key, person[key]] as const]));
  const [only, ...others] = given;
  const wanted = only && others.length === 0 ? readWanted(...only, site.defaultCountry) : undefined;
  if (!wanted) return new Refusal('person-key');
  const report = await eraser.erase(site, wanted, person.dryRun ?? false);
  return typeof report === 'object' ? report : new Refusal(refusals[report]);
}
