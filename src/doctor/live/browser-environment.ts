/**
 * What a browser needs of the environment: where programs, the home folder, temporary files, fonts and libraries are, and the
 * language. The rest stays here: it may be secrets, and the browser opens pages of others.
 */
const passed =
  /^(?:PATH|HOME|LANG|LC_[A-Z]+|TMPDIR|FONTCONFIG_[A-Z]+|XDG_[A-Z_]+|LD_LIBRARY_PATH)$|^(?:SystemRoot|USERPROFILE|LOCALAPPDATA|TEMP|TMP)$/i;

/** The part of an environment that a browser is started with. */
export function browserEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && passed.test(name) ? [[name, value] as const] : [],
  );
  return Object.fromEntries(kept);
}
