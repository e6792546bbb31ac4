import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip, type InputType, type ZlibOptions } from 'node:zlib';
import { indexLineSchema, type IndexLine } from '../model/index-line';
import { BackupError, messageOf } from '../model/errors';
import type { IndexSegment } from '../model/manifest';

/**
 * A piece of a tree's index: JSON lines, compressed, named by the SHA-256 of its stored bytes. Equal lines give equal
 * bytes (of one version of zlib), so that sets share the pieces in which they do not differ.
 */
export interface PackedSegment extends IndexSegment {
  readonly content: Buffer;
}

/** No segment has more raw text than this and one line: they are packed and unpacked in memory. */
export const maxSegmentText = 16 * 1024 * 1024;
/** Of a line at its longest: 8,000 characters of a path, each of them escaped, and the rest. */
const maxLineText = 128 * 1024;
const maxUnpacked = 4 * (maxSegmentText + maxLineText);
/** Of lines of an index, level 3 takes half the time of level 6 and gives a tenth more. */
const level = 3;

const compress = promisify<InputType, ZlibOptions, Buffer>(gzip);
const decompress = promisify<InputType, ZlibOptions, Buffer>(gunzip);

/** `invalid` when the line could not be read back. */
export function formatLine(line: IndexLine): string {
  const checked = indexLineSchema.safeParse(line);
  if (checked.success) return `${JSON.stringify(checked.data)}\n`;
  throw new BackupError('invalid', `${JSON.stringify(line.path)} cannot stand in an index: ${issueOf(checked.error)}`);
}

/** Packs lines as `formatLine` made them. */
export async function packSegment(text: readonly string[]): Promise<PackedSegment> {
  const raw = Buffer.from(text.join(''), 'utf8');
  // In one go and with room for all of it: what comes out depends on nothing but what goes in.
  const content = await compress(raw, { level, chunkSize: raw.length + (raw.length >> 10) + 1024 });
  return { sha256: sha256Of(content), bytes: content.length, lines: text.length, content };
}

/** The lines of a segment, checked: its digest first, then each line. `corrupt`, naming the segment. */
export async function* unpackSegment(segment: IndexSegment, content: Buffer): AsyncGenerator<IndexLine> {
  checkContent(segment, content);
  const text = await decompressed(segment, content);
  let lines = 0;
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    if (end === -1) throw corruptSegment(segment, 'its last line is cut off');
    lines += 1;
    yield parseLine(segment, text.slice(at, end), lines);
    at = end + 1;
  }
  if (lines !== segment.lines) throw corruptSegment(segment, `it has ${lines} lines instead of ${segment.lines}`);
}

/** `corrupt` when the bytes are not the segment's. */
export function checkContent(segment: IndexSegment, content: Buffer): void {
  if (content.length !== segment.bytes)
    throw corruptSegment(segment, `it has ${content.length} bytes instead of ${segment.bytes}`);
  if (sha256Of(content) !== segment.sha256) throw corruptSegment(segment, 'its SHA-256 is not that of its name');
}

export function corruptSegment({ sha256 }: IndexSegment, problem: string, cause?: unknown): BackupError {
  const hint = 'restore from another set';
  return new BackupError('corrupt', `the index ${sha256} is damaged: ${problem}`, { sha256, problem, hint }, { cause });
}

/** The limit stops a decompression bomb, which the manifest of a hostile set could name. */
async function decompressed(segment: IndexSegment, content: Buffer): Promise<string> {
  try {
    const raw = await decompress(content, { maxOutputLength: maxUnpacked, chunkSize: 1024 * 1024 });
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch (cause) {
    throw corruptSegment(segment, `it cannot be unpacked: ${messageOf(cause)}`, cause);
  }
}

function parseLine(segment: IndexSegment, text: string, number: number): IndexLine {
  const checked = indexLineSchema.safeParse(json(segment, text, number));
  if (checked.success) return checked.data;
  throw corruptSegment(segment, `line ${number}, ${issueOf(checked.error)}`);
}

function json(segment: IndexSegment, text: string, number: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corruptSegment(segment, `line ${number} is not JSON`, cause);
  }
}

function issueOf(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  const [issue] = error.issues;
  return `field "${issue?.path.map(String).join('.')}": ${issue?.message}`;
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
