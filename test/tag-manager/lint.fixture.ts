import ts from 'typescript';
import type { Template } from './template.fixture.ts';

const { SyntaxKind } = ts;

/** Syntax that the sandbox does not know: its language is ES5.1 with `const`, `let` and arrow functions. */
const unknownSyntax = new Set([
  SyntaxKind.ArrayBindingPattern,
  SyntaxKind.AsyncKeyword,
  SyntaxKind.AwaitExpression,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.ClassDeclaration,
  SyntaxKind.ClassExpression,
  SyntaxKind.ComputedPropertyName,
  SyntaxKind.ForOfStatement,
  SyntaxKind.GetAccessor,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.NewExpression,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.ObjectBindingPattern,
  SyntaxKind.QuestionDotToken,
  SyntaxKind.QuestionQuestionToken,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.SetAccessor,
  SyntaxKind.ShorthandPropertyAssignment,
  SyntaxKind.SpreadAssignment,
  SyntaxKind.SpreadElement,
  SyntaxKind.TaggedTemplateExpression,
  SyntaxKind.TemplateExpression,
  SyntaxKind.ThisKeyword,
  SyntaxKind.ThrowStatement,
  SyntaxKind.TryStatement,
  SyntaxKind.YieldExpression,
]);

/** Returns each fault of a template's code: unknown syntax, an undeclared name, and a parameter that does not exist or is not read. */
export function lintTemplate({ code, parameters }: Pick<Template, 'code' | 'parameters'>): string[] {
  const source = ts.createSourceFile('template.js', `(() => {${code}\n})`, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const faults: string[] = [];
  const declared = new Set(['require', 'data', 'undefined']);
  const used = new Set<string>();
  const parametersRead = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (unknownSyntax.has(node.kind)) faults.push(`unknown syntax: ${node.getText(source)}`);
    if (ts.isParameter(node) && (node.initializer || node.dotDotDotToken)) faults.push(`unknown syntax: ${node.getText(source)}`);
    if ((ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isFunctionDeclaration(node)) && node.name)
      declared.add(node.name.getText(source));
    if (ts.isIdentifier(node) && !isMemberName(node)) used.add(node.text);
    if (ts.isPropertyAccessExpression(node) && node.expression.getText(source) === 'data') parametersRead.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  const known = new Set(parameters.map(({ name }) => name));
  faults.push(...[...used].filter((name) => !declared.has(name)).map((name) => `undeclared name: ${name}`));
  for (const name of ['gtmOnSuccess', 'gtmOnFailure']) parametersRead.delete(name);
  faults.push(...[...parametersRead].filter((name) => !known.has(name)).map((name) => `unknown parameter: ${name}`));
  faults.push(...[...known].filter((name) => !parametersRead.has(name)).map((name) => `parameter not read: ${name}`));
  return faults;
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) || (ts.isPropertyAssignment(parent) && parent.name === node)
  );
}
