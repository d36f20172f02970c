import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { html, raw } from 'hono/html';
import { createOpenApiDocument, type OpenApiDocument, type Operation, type Schema } from '../src/api/reference/openapi.ts';
import { routes } from '../src/api/routes.ts';

/** Builds the API reference as an HTML page: `dist/reference/index.html`. */

const root = join(import.meta.dirname, '..');
const styles = raw(readFileSync(join(import.meta.dirname, 'reference-page.css'), 'utf8'));

type Html = ReturnType<typeof html>;

/** One parameter or member, with its path: `commerce.items[].price`. */
interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly deprecated: boolean;
  readonly schema: Schema;
  readonly says: string;
}

/** Renders the document as a page that loads nothing else. All texts of the document are escaped. */
export async function renderReferencePage({ info, tags, paths, components }: OpenApiDocument): Promise<string> {
  const operations = Object.entries(paths).flatMap(([path, ofPath]) =>
    Object.entries(ofPath).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const groups = tags.map(({ name }) => ({
    name,
    operations: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
  const schemas = Object.entries(components.schemas);
  const refused = operations.map(({ operation }) => listErrorCodes(operation));
  const everywhere = new Set(refused[0]?.filter((code) => refused.every((codes) => codes.includes(code))));
  const page = await html`<!doctype html>
<html lang="en-GB">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="icon" href="data:," />
    <title>${info.title}</title>
    <style>
      ${styles}
    </style>
  </head>
  <body>
    <header>
      <h1>${info.title}</h1>
      <p>${prose(info.description)}</p>
      <p>Version ${info.version}. Machine-readable: <a href="/api/openapi.json">openapi.json</a>, OpenAPI 3.1.</p>
      <pre tabindex="0">curl --unix-socket data/admin.sock http://localhost/api/status</pre>
    </header>
    <nav aria-label="Contents">
      ${groups.map(
        ({ name, operations: ofGroup }) => html`<h2>${name}</h2>
          <ul>
            ${ofGroup.map(({ method, path, operation }) => html`<li><a href="#${operation.operationId}">${methodMark(method)} ${shortened(path)}</a></li>`)}
          </ul>`,
      )}
      <h2>Schemas</h2>
      <ul>
        ${schemas.map(([name]) => html`<li><a href="#schema-${name}">${name}</a></li>`)}
      </ul>
    </nav>
    <main>
      ${groups.map(
        ({ name, operations: ofGroup }) => html`<section class="group">
          <h2>${name}</h2>
          ${ofGroup.map(({ method, path, operation }) => operationSection(method, path, operation, everywhere))}
        </section>`,
      )}
      <section class="group" id="everywhere">
        <h2>Errors of every operation</h2>
        ${refusalList(operations[0]?.operation, (code) => everywhere.has(code))}
      </section>
      <section class="group">
        <h2>Schemas</h2>
        ${schemas.map(([name, schema]) => schemaSection(name, schema))}
      </section>
    </main>
  </body>
</html>
`;
  return page.toString();
}

function operationSection(method: string, path: string, operation: Operation, everywhere: ReadonlySet<string>): Html {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const parameterFields = parameters.map(
    ({ name, required, deprecated = false, schema, description: says }): Field => ({ name, required, deprecated, schema, says }),
  );
  const [ok] = Object.entries(responses);
  return html`<section class="operation" id="${operationId}">
    <h3>${methodMark(method)} <code>${breakable(path)}</code></h3>
    <p class="summary">${prose(summary)}.</p>
    ${description === undefined ? '' : html`<p>${prose(description)}</p>`}
    ${parameterFields.length === 0 ? '' : html`<h4>Parameters</h4>${fieldList(parameterFields, 'optional')}`}
    ${Object.values(requestBody?.content ?? {}).map(
      ({ schema, example }) => html`<h4>Body</h4>${fieldList(listFields(schema), 'optional')}${sample(example)}`,
    )}
    ${ok === undefined ? '' : answerPart(ok[0], ok[1])}
    ${listErrorCodes(operation).every((code) => everywhere.has(code)) ? '' : html`<h4>Errors</h4>`}
    ${refusalList(operation, (code) => !everywhere.has(code))}
  </section>`;
}

function listErrorResponses({ responses }: Operation) {
  return Object.entries(responses).flatMap(([status, { content }]) =>
    Object.values(content).flatMap(({ examples = {} }) =>
      Object.entries(examples).map(([code, { summary }]) => ({ status, code, says: summary })),
    ),
  );
}

function listErrorCodes(operation: Operation): readonly string[] {
  return listErrorResponses(operation).map(({ code }) => code);
}

function refusalList(operation: Operation | undefined, isShown: (code: string) => boolean): Html | '' {
  const shown = (operation ? listErrorResponses(operation) : []).filter(({ code }) => isShown(code));
  if (shown.length === 0) return '';
  return html`<dl>
    ${shown.map(
      ({ status, code, says }) => html`<dt><code>${code}</code> <span class="type">${status}</span></dt>
        <dd>${prose(says)}</dd>`,
    )}
  </dl>`;
}

function answerPart(status: string, { description, content }: Operation['responses'][string]): Html {
  return html`<h4>Response</h4>
    ${Object.entries(content).map(
      ([media, { schema, example }]) => html`<p>${status}, <code>${media}</code>: ${formatType(schema)}. ${prose(description)}</p>
        ${sample(example)}`,
    )}`;
}

function sample(example: unknown): Html | '' {
  if (example === undefined) return '';
  return html`<details>
    <summary>Example</summary>
    <pre tabindex="0">${JSON.stringify(example, null, 2)}</pre>
  </details>`;
}

function schemaSection(name: string, schema: Schema): Html {
  return html`<section class="operation" id="schema-${name}">
    <h3><code>${name}</code></h3>
    ${schema.description === undefined ? '' : html`<p>${prose(schema.description)}</p>`} ${fieldList(listFields(schema), 'optional')}
  </section>`;
}

function fieldList(fields: readonly Field[], absent: string): Html {
  return html`<dl>
    ${fields.map(
      ({ name, required, deprecated, schema, says }) => html`<dt>
          <code>${breakable(name)}</code> <span class="type">${formatType(schema)}${required ? '' : `, ${absent}`}${deprecated ? ', deprecated' : ''}</span>
        </dt>
        <dd>${prose(says)}</dd>`,
    )}
  </dl>`;
}

/** Returns the members of an object, including those of nested objects without a name. */
function listFields({ properties = {}, required = [] }: Schema, within = ''): readonly Field[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    if (typeof schema === 'boolean') return [];
    const { description: says = '', deprecated } = schema;
    const name = `${within}${key}`;
    const field = { name, required: required.includes(key), deprecated: deprecated === true, schema, says };
    const { items } = schema;
    const inner = schema.properties ? listFields(schema, `${name}.`) : isSchema(items) ? listFields(items, `${name}[].`) : [];
    return [field, ...inner];
  });
}

function isSchema(items: Schema['items']): items is Schema {
  return typeof items === 'object' && !Array.isArray(items);
}

/** Returns a schema's type in words. A named schema is a link. */
function formatType(schema: Schema): Html | string {
  const { $ref, enum: values, const: only, anyOf, type, items, additionalProperties: each, default: standard } = schema;
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1) ?? '';
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (anyOf) return html`${anyOf.map((one, index) => html`${index === 0 ? '' : ' or '}${formatType(one)}`)}`;
  if (only !== undefined) return html`<code>${JSON.stringify(only)}</code>`;
  if (values) return html`${values.map((value, index) => html`${index === 0 ? '' : ' | '}<code>${value}</code>`)}`;
  if (isSchema(items)) return html`list of ${formatType(items)}`;
  if (typeof each === 'object') return html`object with ${formatType(each)} by name`;
  const words = Array.isArray(type) ? type.join(' or ') : (type ?? 'any JSON');
  return `${words}${bounds(schema)}${standard === undefined ? '' : `, ${JSON.stringify(standard)} by default`}`;
}

function bounds({ minimum, maximum, minLength, maxLength }: Schema): string {
  const [least, most, unit] = maxLength === undefined ? [minimum, maximum, ''] : [minLength ?? 0, maxLength, ' characters'];
  if (most === undefined || most > 1_000_000) return '';
  return ` of ${least ?? 0} to ${most}${unit}`;
}

function methodMark(method: string): Html {
  return html`<span class="method ${method.toLowerCase()}">${method}</span>`;
}

/** Returns a path without the prefix that all paths share. */
function shortened(path: string): Html {
  return breakable(path.replace(/^\/api(?:\/sites\/\{site\})?(?=\/)/, ''));
}

/** Permits line breaks before slashes and dots. */
function breakable(text: string): Html {
  return html`${text.split(/(?=[/.])/).map((part, index) => html`${index === 0 ? '' : html`<wbr />`}${part}`)}`;
}

/** Renders plain sentences with code marks. */
function prose(text: string): Html {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

if (import.meta.main) {
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  mkdirSync(join(root, 'dist/reference'), { recursive: true });
  writeFileSync(join(root, 'dist/reference/index.html'), await renderReferencePage(createOpenApiDocument(routes, version)));
}
