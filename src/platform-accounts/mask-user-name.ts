/** Masks the local part of a user name that is an e-mail address. Other names stay. */
export function maskUserName(name: string): string {
  const at = name.lastIndexOf('@');
  return at < 0 ? name : `${name.slice(0, 1)}…${name.slice(at)}`;
}
