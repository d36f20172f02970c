import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { newKeyText, readKey, type SecretsKey } from '../config/master-key.ts';
import { ConveyError, errorMessage } from '../errors.ts';

/** The keys that encrypt secrets: the current key, and earlier keys that stored secrets may still need. */
export interface KeyRing {
  /** `environment`: Convey cannot change the key. */
  readonly source: 'environment' | 'file';
  find(id: string): SecretsKey | undefined;
  /** Returns the current key; creates it if there is none. @throws ConveyError if the file cannot be read or written. */
  present(): SecretsKey;
  /** Returns the keys besides the current one that stored secrets may still need. */
  earlier(): readonly SecretsKey[];
  /** Creates a new current key. Earlier keys stay readable, even after a restart. Works only with a key file. @throws ConveyError */
  renew(): SecretsKey;
  /** Removes the earlier keys. Call it when no secret needs them. */
  settle(): void;
  /** Whether there are earlier keys. */
  readonly isChanging: boolean;
  /** The reason why an existing file cannot be read. */
  readonly problem: string | undefined;
  /** The reason why other users of the machine can read the file, with the command that prevents it. */
  readonly risk: string | undefined;
}

/**
 * Reads the keys of the environment and of the file, which has one key per line, the current key first. Both are used together, so that a
 * key can move from one to the other.
 */
export function openKeyRing(
  file: string,
  fromEnvironment: { readonly present?: SecretsKey; readonly old?: SecretsKey },
): KeyRing {
  let fileKeys = readKeys(file);
  const others = () => [
    ...(fromEnvironment.old ? [fromEnvironment.old] : []),
    ...('keys' in fileKeys ? fileKeys.keys.map(({ key }) => key) : []),
  ];
  /** @throws ConveyError */
  const save = (texts: readonly string[]) => {
    writeKeys(file, texts);
    fileKeys = readKeys(file);
  };
  /** @throws ConveyError */
  const readFileKeys = () => {
    if ('problem' in fileKeys)
      throw new ConveyError(`The key that encrypts secrets cannot be read: ${fileKeys.problem}`, `Restore ${file}`);
    return fileKeys.keys;
  };
  const present = (): SecretsKey => {
    if (fromEnvironment.present) return fromEnvironment.present;
    const [first] = readFileKeys();
    if (first) return first.key;
    save([newKeyText()]);
    return present();
  };
  return {
    source: fromEnvironment.present ? 'environment' : 'file',
    find: (id) => [...(fromEnvironment.present ? [fromEnvironment.present] : []), ...others()].find((key) => key.id === id),
    present,
    earlier: others,
    renew() {
      if (fromEnvironment.present) throw new Error('a key of the environment cannot be renewed');
      save([newKeyText(), ...readFileKeys().map(({ text }) => text)]);
      return present();
    },
    settle() {
      if (!fromEnvironment.present && readFileKeys().length > 1)
        save(
          readFileKeys()
            .slice(0, 1)
            .map(({ text }) => text),
        );
    },
    get isChanging() {
      return fromEnvironment.present ? others().length > 0 : others().length > 1;
    },
    get problem() {
      return 'problem' in fileKeys ? fileKeys.problem : undefined;
    },
    get risk() {
      return findKeyFileRisk(file);
    },
  };
}

type Keys = { readonly keys: readonly { readonly text: string; readonly key: SecretsKey }[] } | { readonly problem: string };

function readKeys(file: string): Keys {
  let lines: readonly string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isAbsent ? { keys: [] } : { problem: errorMessage(error) };
  }
  const texts = lines.map((line) => line.trim()).filter((line) => line !== '');
  const keys = texts.flatMap((text) => {
    const key = readKey(text);
    return key ? [{ text, key }] : [];
  });
  if (keys.length === 0 || keys.length < texts.length) return { problem: `${file} has lines that are not keys` };
  return { keys };
}

/** Replaces the file atomically and durably. @throws ConveyError */
function writeKeys(file: string, texts: readonly string[]): void {
  const draft = `${file}.new`;
  try {
    rmSync(draft, { force: true }); // an existing file would keep its mode
    const handle = openSync(draft, 'wx', 0o600);
    try {
      writeSync(handle, texts.map((text) => `${text}\n`).join(''));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(draft, file);
    const folder = openSync(dirname(file), 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch (error) {
    throw new ConveyError(
      `The key that encrypts secrets cannot be written: ${errorMessage(error)}`,
      `Check that Convey can write ${file}`,
    );
  }
}

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
