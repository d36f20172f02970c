import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Exported names that are allowed to end in a preposition. */
const allowed = ['SignIn', 'SignedIn'];

interface Name {
  readonly file: string;
  readonly name: string;
}

/** Lists the exports of a room's files. A room is a folder of `src`. */
function listExports(room: string): readonly Name[] {
  const files = globSync('**/*.{ts,tsx}', {
    cwd: join(root, 'src', room),
    exclude: ['**/*.{test,contract,suite,fixture}.{ts,tsx}'],
  });
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(join(root, 'src', room, file), 'utf8'), ts.ScriptTarget.Latest);
    return source.statements.flatMap((statement) => listNames(statement).map((name) => ({ file: `${room}/${file}`, name })));
  });
}

function listNames(statement: ts.Statement): readonly string[] {
  if (!ts.canHaveModifiers(statement)) return [];
  const isExported = ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!isExported) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? name.text : []));
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name ? [statement.name.text] : [];
}

const rooms = globSync('*/', { cwd: join(root, 'src') }).map((room) => room.replace(/\/$/, ''));
const exportedNames = rooms.flatMap(listExports);

it('no exported name ends in a preposition', () => {
  expect(exportedNames.length).toBeGreaterThan(1_500);
  const bad = exportedNames.filter(({ name }) => /[a-z](?:Of|In|At|By|From|For|UpTo)$/.test(name) && !allowed.includes(name));
  expect(bad).toEqual([]);
});

/** Returns a file's room. The folders of platforms are rooms of their own, as they import nothing from each other. */
function getRoom(file: string): string {
  const [room = '', folder = '', ...rest] = file.split('/');
  return ['destinations', 'simulators'].includes(room) && rest.length > 0 ? `${room}/${folder}` : room;
}

it('no room exports one name from two files', () => {
  const byName = Map.groupBy(exportedNames, ({ file, name }) => `${getRoom(file)} ${name}`);
  const repeated = [...byName.values()].filter((names) => new Set(names.map(({ file }) => file)).size > 1);
  expect(repeated).toEqual([]);
});

it('no two files of a folder differ by case alone', () => {
  const files = globSync('src/**/*.{ts,tsx}', { cwd: root }).map((file) => file.replace(/\.tsx?$/, ''));
  const byName = Map.groupBy(files, (file) => file.toLowerCase());
  expect([...byName.values()].filter((names) => new Set(names).size > 1)).toEqual([]);
});
