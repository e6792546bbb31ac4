import { harmless, utf8Bytes } from '../model/text';

/**
 * Markdown for the Temporal UI. Its tables have no space between their columns, so cells bring their own: an em space
 * at their end.
 */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [heads, heads.map(() => '---'), ...rows].map((cells, line) =>
    line === 1 ? `| ${cells.join(' | ')} |` : `| ${cells.map((cell) => `${cell}\u2003`).join(' | ')} |`,
  );
}

/** An amount or a date that is not broken at the end of a line. Not for names: people copy them. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0').replaceAll('-', '\u2011');
}

/**
 * Text of people and servers, shown as it is: no character of it is taken for markup, and none is beautified (the UI
 * makes a dash of `--`, an ellipsis of `...`, a fraction of `1/2`; only of quotation marks it will not let go).
 */
export function plain(text: string): string {
  return harmless(text.replace(/\s+/g, ' '))
    .replace(/[\\`*_[\](<>~&#$!]|-(?=-)|(?<=-)-|\.(?=\.)|^[-+:]/g, '\\$&')
    .replace(/(?<=\d)\/(?=\d)/g, '&#47;')
    .replaceAll('|', '&#124;');
}

export function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll('|', '/')}\``;
}

/** Relative, because the UI may stand below a path of its own. */
export function workflowLink(text: string, namespace: string, workflowId: string, runId: string): string {
  return `[${plain(text)}](namespaces/${[namespace, 'workflows', workflowId, runId].map(encodeURIComponent).join('/')})`;
}

/** The first lines that fit into so many bytes, and how many lines did not. */
export function fitting(lines: readonly string[], bytes: number): { lines: readonly string[]; left: number } {
  let used = 0;
  const end = lines.findIndex((line) => (used += utf8Bytes(line)) > bytes);
  return end < 0 ? { lines, left: 0 } : { lines: lines.slice(0, end), left: lines.length - end };
}

/** The beginning of a text, at most so many bytes of it and a mark that there was more. */
export function cut(text: string, bytes: number): string {
  const { lines, left } = fitting([...text], bytes);
  return left === 0 ? text : `${lines.join('')}…`;
}

/** The server takes 400 bytes for the one line that tells what a workflow, a step or a timer is. */
export function summary(text: string): string {
  return cut(text, 390);
}
