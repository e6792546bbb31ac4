import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemaOf, notificationJsonSchema, writtenFiles } from '../model/json-schema';
import { fieldsTable } from './fields-table';

const files = Object.keys(writtenFiles) as (keyof typeof writtenFiles)[];

/** A file of the repository that is made from the schemas, wholly or in part. */
export interface Generated {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** Everything that is made from the schemas, as it must be. `npm run generate` writes it, a test compares it. */
export function generated(root: string): Generated[] {
  const schemas = files.map((file) => ({
    path: `schemas/${writtenFiles[file].name.replace('.yaml', '.schema.json')}`,
    text: `${JSON.stringify(jsonSchemaOf(file), undefined, 2)}\n`,
  }));
  const page = 'docs/configuration.md';
  const told = `${JSON.stringify(notificationJsonSchema(), undefined, 2)}\n`;
  return [
    ...schemas,
    { path: 'schemas/notification.schema.json', text: told },
    { path: page, text: withTables(readFileSync(join(root, page), 'utf8')) },
  ];
}

/** The page is written by hand, but for what stands between its marks. */
function withTables(page: string): string {
  return files.reduce((text, file) => {
    const { name } = writtenFiles[file];
    const [begin, end] = [`<!-- fields of ${name}: npm run generate -->`, `<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/configuration.md lacks the marks ${begin} … ${end}`);
    return `${text.slice(0, from)}${begin}\n\n${fieldsTable(jsonSchemaOf(file))}\n\n${text.slice(to)}`;
  }, page);
}
