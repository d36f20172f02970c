import { statSync } from 'node:fs';

/**
 * Says why other users of the machine can read the key file, and the command that ends it. Undefined if none can, if the file is absent,
 * and where files have no owner (Windows).
 * @param user the id of the process's own user
 */
export function findKeyFileRisk(file: string, user: number | undefined = process.getuid?.()): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats || user === undefined) return undefined;
  const mode = stats.mode & 0o777;
  const isForeign = stats.uid !== user && stats.uid !== 0; // The superuser reads every file anyway.
  const isShared = (mode & 0o077) !== 0;
  if (!isForeign && !isShared) return undefined;
  const commands = [...(isForeign ? [`chown ${user} '${file}'`] : []), ...(isShared ? [`chmod 600 '${file}'`] : [])];
  const reasons = [
    ...(isForeign ? ['belongs to another user'] : []),
    ...(isShared ? [`has mode ${mode.toString(8).padStart(4, '0')}`] : []),
  ];
  return `${file} ${reasons.join(' and ')}, so other users of this machine may read the key for secrets. Run \`${commands.join(' && ')}\``;
}
