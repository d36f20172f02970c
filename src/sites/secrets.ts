import type { ConfigProblem } from '../config-sites.ts';
import type { MadeConnection } from '../store/made.ts';
import { type FindKey, keyIdOf, type Place, reseal, seal, unseal } from './sealed.ts';
import type { SecretsKey } from './secrets-key.ts';

/** The secret settings of connections: as JSON, one by one, each sealed for its own place. */

export function sealSecrets(
  secrets: Readonly<Record<string, unknown>>,
  place: Omit<Place, 'setting'>,
  key: SecretsKey,
): MadeConnection['secrets'] {
  const sealed = Object.entries(secrets).map(([setting, secret]) => [
    setting,
    seal(JSON.stringify(secret), { ...place, setting }, key),
  ]);
  return Object.fromEntries(sealed);
}

/** The secret settings of a connection, and what is to be done about those that do not open. */
export function openSecrets(
  { site, id, secrets }: Pick<MadeConnection, 'site' | 'id' | 'secrets'>,
  findKey: FindKey,
): { readonly opened: Readonly<Record<string, unknown>>; readonly lost: readonly ConfigProblem[] } {
  const opened: Record<string, unknown> = {};
  const lost: ConfigProblem[] = [];
  for (const [setting, sealed] of Object.entries(secrets)) {
    const text = unseal(sealed, { site, connection: id, setting }, findKey);
    if (text === undefined) lost.push({ path: `settings.${setting}`, message: keyMissing });
    else opened[setting] = JSON.parse(text);
  }
  return { opened, lost };
}

const keyMissing =
  'The key that this secret was encrypted with is missing, or the secret was damaged. Put the key back and start Convey again, or enter the secret again.';

/** Every secret sealed under `key`, and how many were not before. Those that do not open stay as they are. */
export function sealedUnder(
  key: SecretsKey,
  connections: readonly MadeConnection[],
  find: FindKey,
): { readonly connections: readonly MadeConnection[]; readonly resealed: number; readonly lost: number } {
  let [resealed, lost] = [0, 0];
  const all = connections.map((one) => {
    const secrets = Object.entries(one.secrets).map(([setting, sealed]) => {
      if (keyIdOf(sealed) === key.id) return [setting, sealed];
      const next = reseal(sealed, { site: one.site, connection: one.id, setting }, find, key);
      if (next === undefined) lost += 1;
      else resealed += 1;
      return [setting, next ?? sealed];
    });
    return { ...one, secrets: Object.fromEntries(secrets) };
  });
  return { connections: all, resealed, lost };
}
