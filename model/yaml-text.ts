import { Composer, type CST, type Document, LineCounter, Parser } from 'yaml';
import { BackupError, messageOf } from './errors';
import { harmless } from './text';

/** No sensible file comes near; beyond them a reader of YAML takes seconds, all memory or all stack. */
const limits = { characters: 512 * 1024, depth: 30, items: 2000, aliases: 100 };

/** Where in the file something is wrong, and what. */
interface Fault {
  readonly at: number;
  readonly what: string;
  readonly hint?: string;
}

/** The plain value of a YAML file that came from outside. `invalid`, with line and column, for what is none, and for one beyond the limits. */
export function readYaml(text: string, file: string): unknown {
  if (text.length > limits.characters)
    throw new BackupError('invalid', `${file} has ${text.length} characters, at most ${limits.characters} are read`);
  const lines = new LineCounter();
  const tokens: CST.Token[] = [];
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    const fault = token.type === 'error' ? { at: token.offset, what: token.message } : faultOf(token);
    if (fault !== undefined) throw invalid(file, lines, fault);
    tokens.push(token);
  }
  return valueOf(tokens, file, lines, text.length);
}

function valueOf(tokens: CST.Token[], file: string, lines: LineCounter, end: number): unknown {
  const documents = [
    ...new Composer({ uniqueKeys: true, prettyErrors: false, logLevel: 'error' }).compose(tokens, true, end),
  ];
  const [document, second] = documents as [Document.Parsed, Document.Parsed?];
  const [error] = document.errors;
  if (error !== undefined) throw invalid(file, lines, { at: error.pos[0], what: error.message });
  if (second !== undefined) throw invalid(file, lines, { at: second.range[0], what: 'a second document begins' });
  try {
    return document.toJS({ maxAliasCount: limits.aliases });
  } catch (cause) {
    throw invalid(file, lines, { at: 0, what: messageOf(cause), hint: 'aliases of aliases multiply: write it out' });
  }
}

/** What of a document is beyond the limits. With its own stack: the document may be deeper than the engine's. */
function faultOf(document: CST.Token): Fault | undefined {
  const open = [{ token: document, depth: 0 }];
  for (let aliases = 0; open.length > 0;) {
    const { token, depth } = open.pop()!;
    if (token.type === 'alias' && (aliases += 1) > limits.aliases)
      return { at: token.offset, what: `more than ${limits.aliases} aliases`, hint: 'write it out' };
    if (depth > limits.depth) return { at: token.offset, what: `nested deeper than ${limits.depth} levels` };
    const inner = innerOf(token);
    if (inner.length > 2 * limits.items) return { at: token.offset, what: `more than ${limits.items} entries` };
    open.push(...inner.map((one) => ({ token: one, depth: depth + 1 })));
  }
  return undefined;
}

function innerOf(token: CST.Token): CST.Token[] {
  const inner =
    'items' in token ? token.items.flatMap(({ key, value }) => [key, value]) : 'value' in token ? [token.value] : [];
  return inner.filter((one): one is CST.Token => typeof one === 'object' && one !== null);
}

function invalid(file: string, lines: LineCounter, { at, what, hint = 'it must be a YAML file' }: Fault): BackupError {
  const { line, col } = lines.linePos(at);
  const words = harmless(what.split('\n', 1)[0]!);
  return new BackupError('invalid', `${file}, line ${line}, column ${col}: ${words}`, { hint });
}
