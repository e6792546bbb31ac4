import Table from 'cli-table3';
import { harmless } from '../../model/text';

const none = '';
const borders = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'];
const rules = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'];

/** Columns without borders or colours, so that they can be read, grepped and cut alike. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly (string | number | undefined)[])[],
): string[] {
  const table = new Table({
    head: [...head],
    chars: { ...Object.fromEntries([...borders, ...rules].map((name) => [name, none])), middle: '  ' },
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(row.map((cell) => harmless(String(cell ?? ''))));
  return table.toString().split('\n');
}

/** `name: value`, one below the other; what has no value is left out. */
export function factLines(facts: { readonly [name: string]: string | number | undefined }): string[] {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  return tableLines(
    [],
    known.map(([name, value]) => [`${name}:`, value]),
  );
}
