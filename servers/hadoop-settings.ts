import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, messageOf } from '../model/errors';
import { codeOf } from './http';

/** A setting of Hadoop by its name; undefined where no file has it: Hadoop's own default counts. */
export type HadoopSettings = (name: string) => string | undefined;

/**
 * What stands in files of a configuration folder; of a name the last value counts, in a file and of files. `${name}` is
 * replaced as Hadoop does it, where `name` is known. An absent file is empty. `precondition` for one that includes others,
 * which are not read: its settings would be guessed.
 */
export async function readHadoopSettings(
  confDir: string,
  files: readonly string[],
  known: Readonly<Record<string, string>> = {},
): Promise<HadoopSettings> {
  const texts = await Promise.all(files.map((file) => textOf(join(confDir, file))));
  const raw = new Map([...Object.entries(known), ...texts.flatMap(propertiesIn)]);
  return (name) => expand(raw.get(name), raw);
}

async function textOf(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    if (!/<(\w+:)?include\b|<!ENTITY/.test(withoutComments(text))) return text;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return '';
    throw new BackupError('precondition', `${file} cannot be read: ${messageOf(error)}`, {}, { cause: error });
  }
  throw new BackupError('precondition', `${file} includes other files`);
}

/** Name and value as they stand there. Hadoop trims both, and so do we. */
export function propertiesIn(xml: string): [name: string, value: string][] {
  const properties = withoutComments(xml).matchAll(/<property\b[^>]*>(.*?)<\/property>/gs);
  return [...properties].flatMap(([, inner]) => {
    const [name, value] = [elementOf(inner!, 'name'), elementOf(inner!, 'value')];
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
}

function withoutComments(xml: string): string {
  return xml.replace(/<!--.*?-->/gs, '');
}

function elementOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml)?.[1]?.trim();
  return text === undefined ? undefined : plain(text);
}

function plain(text: string): string {
  const sections = /^<!\[CDATA\[(.*)\]\]>$/s.exec(text);
  if (sections !== null) return sections[1]!;
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Not more than so many times: settings may name each other. */
const mostExpansions = 20;

function expand(value: string | undefined, raw: ReadonlyMap<string, string>): string | undefined {
  let expanded = value;
  for (let times = 0; times < mostExpansions && expanded !== undefined; times += 1) {
    const next = expanded.replace(/\$\{([^{}$\s]+)\}/g, (whole, name: string) => raw.get(name) ?? whole);
    if (next === expanded) return expanded;
    expanded = next;
  }
  return expanded;
}
