import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/** The public types of the pixel's commands, compared with the documented fields, which a test compares with the collector. */

const source = ts.createSourceFile(
  'commands.ts',
  readFileSync(join(import.meta.dirname, 'commands.ts'), 'utf8'),
  ts.ScriptTarget.ES2024,
  true,
);
const events = readFileSync(join(import.meta.dirname, '../../docs/reference/events.md'), 'utf8');

/** Returns the members of the object in a type's declaration. */
function listMembers(name: string): string[] {
  const declaration = source.statements.find(
    (one) => (ts.isTypeAliasDeclaration(one) || ts.isInterfaceDeclaration(one)) && one.name.text === name,
  );
  if (!declaration) throw new Error(`commands.ts has no type ${name}`);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    // An object within a member has fields of its own.
    if (ts.isPropertySignature(node)) found.push(node.name.getText(source));
    else ts.forEachChild(node, visit);
  };
  ts.forEachChild(declaration, visit);
  return found.toSorted();
}

/** Returns the documented fields directly under a prefix, such as `commerce.items[]`. */
function listDocumented(prefix: string): string[] {
  const names = [...events.matchAll(/`([\w.[\]]+)`/g)].map(([, name = '']) => name);
  const under = names.filter((name) => name.startsWith(`${prefix}.`)).map((name) => name.slice(prefix.length + 1));
  return [...new Set(under)].filter((name) => !/[.[]/.test(name)).toSorted();
}

describe('the public types of the commands', () => {
  test.each([
    ['CommerceFields', 'commerce'],
    ['Item', 'commerce.items[]'],
    ['Hotel', 'commerce.hotel'],
    ['ConsentStatement', 'consent'],
  ])('%s has the documented fields of %s', (type, prefix) => {
    expect(listMembers(type).length).toBeGreaterThan(5);
    expect(listMembers(type)).toEqual(listDocumented(prefix));
  });

  test('Person has the documented fields of a user, but for those that a page does not state', () => {
    const notOfPages = ['anonymousId', 'gaid', 'idfa', 'ip', 'link', 'userAgent'];
    expect(listMembers('Person')).toEqual(listDocumented('user').filter((name) => !notOfPages.includes(name)));
  });

  test('PageFields has the documented fields of a page, but for the states of tags that the pixel drives', () => {
    expect(listMembers('PageFields')).toEqual(listDocumented('page').filter((name) => name !== 'browserTags'));
  });
});
