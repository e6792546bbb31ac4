import type { JsonSchema } from '../model/json-schema';
import { bytesText } from '../model/text';

interface Field {
  readonly path: string;
  readonly allowed: string;
  readonly needed: string;
  readonly meaning: string;
}

/** Every field of a schema as a Markdown table, in the schema's order. */
export function fieldsTable(schema: JsonSchema): string {
  const rows = fieldsOf(schema, '').map(
    ({ path, allowed, needed, meaning }) => `| \`${path}\` | ${[allowed, needed, meaning].map(cell).join(' | ')} |`,
  );
  return ['| field | allowed | when absent | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function fieldsOf(schema: JsonSchema, path: string): Field[] {
  const { properties = {}, required = [], additionalProperties, items, oneOf = [] } = schema;
  const own = Object.entries(properties).flatMap(([name, field]) =>
    fieldAndBelow(field, path === '' ? name : `${path}.${name}`, required.includes(name)),
  );
  const named = additionalProperties ? fieldAndBelow(additionalProperties, `${path}.NAME`, false) : [];
  const each = items === undefined ? [] : fieldsOf(items, `${path}[]`);
  return [...own, ...named, ...each, ...oneOf.flatMap((one) => fieldsOf(one, path))];
}

function fieldAndBelow(field: JsonSchema, path: string, required: boolean): Field[] {
  const { description: meaning = '' } = field;
  const own = { path, allowed: allowedText(field), needed: absentText(field, required, path), meaning };
  return [own, ...fieldsOf(field, path)];
}

function absentText(field: JsonSchema, required: boolean, path: string): string {
  if (path.endsWith('.NAME')) return '';
  if (required) return '**required**';
  const { default: value } = field;
  if (value === undefined) return '–';
  if (typeof value === 'object') return field.properties === undefined ? 'none' : 'the defaults below';
  return `\`${String(value)}\`${path.endsWith('Bytes') ? ` (${bytesText(Number(value))})` : ''}`;
}

function allowedText(field: JsonSchema): string {
  const { anyOf, const: only, enum: some, items } = field;
  if (anyOf !== undefined) return anyOf.map(allowedText).join(', or ');
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (some !== undefined) return some.map((one) => `\`${String(one)}\``).join(', ');
  if (items !== undefined) return listText(field, items);
  switch (field.type) {
    case 'string':
      return field.patternErrorMessage ?? (field.format === 'uri' ? 'a URL' : 'text');
    case 'integer':
      return numberText(field);
    case 'number':
      return `a number above ${field.exclusiveMinimum ?? 0}, up to ${field.maximum}`;
    case 'boolean':
      return '`true` or `false`';
    default:
      return 'fields';
  }
}

function listText({ minItems = 0, maxItems }: JsonSchema, items: JsonSchema): string {
  const count = maxItems === undefined ? `at least ${minItems}` : `${minItems} to ${maxItems}`;
  return `a list of ${count}${items.type === 'string' ? `: ${allowedText(items)}` : ''}`;
}

function numberText({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: JsonSchema): string {
  return maximum === Number.MAX_SAFE_INTEGER ? `a whole number from ${minimum}` : `${minimum} to ${maximum}`;
}
