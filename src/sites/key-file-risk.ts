import { statSync } from 'node:fs';

/**
 * Explains why other users of the machine can read the key file, with the command that prevents it. Returns `undefined` if they cannot, if
 * the file is missing, or if files have no owner (Windows).
 * @param user the id of the process's own user
 */
export function findKeyFileRisk(file: string, user: number | undefined = process.getuid?.()): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats || user === undefined) return undefined;
  const mode = stats.mode & 0o777;
  const isForeign = stats.uid !== user && stats.uid !== 0; // The superuser can read every file.
  const isShared = (mode & 0o077) !== 0;
  if (!isForeign && !isShared) return undefined;
  const commands = [...(isForeign ? [`chown ${user} '${file}'`] : []), ...(isShared ? [`chmod 600 '${file}'`] : [])];
  const reasons = [
    ...(isForeign ? ['belongs to another user'] : []),
    ...(isShared ? [`has mode ${mode.toString(8).padStart(4, '0')}`] : []),
  ];
  return `${file} ${reasons.join(' and ')}, so other users of this machine can read the key that encrypts secrets. Run \`${commands.join(' && ')}\``;
}
