import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Control } from '../model/control';
import type { Directory } from '../model/directory';
import { BackupError } from '../model/errors';
import { editsName, imageName } from '../servers/name-node';
import type { Segment } from '../servers/name-node-journal';
import { checkEdits } from './name-node-edits';
import { checkImageDigest, checkImageFrame, parseMd5 } from './name-node-image';
import { type NameNodeVersion, parseVersion } from './name-node-storage';

/** What a folder of NameNode metadata holds, as its names say. */
export interface FolderView {
  readonly imageTxId: number;
  readonly segments: readonly Segment[];
  /** Everything above, as file names: what a NameNode's `current` needs. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/** True for the files that a dump writes. */
export function isMetadataFile(name: string): boolean {
  return /^(VERSION|seen_txid|fsimage_\d{19}(\.md5)?|edits_\d{19}-\d{19})$/.test(name);
}

/**
 * Checks a dump whole before anything is touched: every file there is known, the image is what its MD5 says, the
 * segments go on from it without a gap up to `seen_txid`, each transaction has its checksum, VERSION is complete.
 * Whatever is wrong is `corrupt`.
 */
export async function checkFolder(
  from: Directory,
  control: Control,
): Promise<FolderView & { version: NameNodeVersion }> {
  const view = await viewOf(from);
  const version = parseVersion(await readFile(join(from, 'VERSION'), 'utf8'));
  checkChain(view, await lastTxIdIn(from));
  const image = join(from, imageName(view.imageTxId));
  await checkImageFrame(image);
  await checkImageDigest(
    image,
    parseMd5(await readFile(`${image}.md5`, 'utf8'), imageName(view.imageTxId)),
    control.signal,
  );
  for (const segment of view.segments) {
    await checkEdits(join(from, editsName(segment.start, segment.end)), segment, control.signal);
  }
  return { ...view, version };
}

async function viewOf(from: Directory): Promise<FolderView> {
  const files = (await readdir(from)).sort();
  const stranger = files.find((name) => !isMetadataFile(name));
  if (stranger !== undefined) throw corrupt(`an unknown file \`${stranger}\``);
  const images = files.filter((name) => /^fsimage_\d+$/.test(name));
  if (images.length !== 1) throw corrupt(`${images.length} images instead of one`);
  for (const needed of ['VERSION', 'seen_txid', `${images[0]}.md5`]) {
    if (!files.includes(needed)) throw corrupt(`no ${needed}`);
  }
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(from, name))).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { imageTxId: Number(images[0]!.slice('fsimage_'.length)), segments: segmentsIn(files), files, bytes };
}

function segmentsIn(files: readonly string[]): Segment[] {
  return files
    .map((name) => /^edits_(\d+)-(\d+)$/.exec(name))
    .flatMap((found) => (found === null ? [] : [{ start: Number(found[1]), end: Number(found[2]) }]));
}

async function lastTxIdIn(from: Directory): Promise<number> {
  const text = await readFile(join(from, 'seen_txid'), 'utf8');
  if (!/^\d{1,16}\s*$/.test(text)) throw corrupt('no transaction in seen_txid');
  return Number(text);
}

/** The first segment may begin before the image ends: a standby may checkpoint in the middle of one. */
function checkChain({ imageTxId, segments }: FolderView, lastTxId: number): void {
  let reached = imageTxId;
  for (const { start, end } of segments) {
    const follows = reached === imageTxId ? start <= reached + 1 : start === reached + 1;
    if (!follows || end < start) throw corrupt(`a gap: after transaction ${reached} comes ${start}`);
    reached = end;
  }
  if (reached !== lastTxId) throw corrupt(`edits up to ${reached}, but transaction ${lastTxId} was seen`);
}

function corrupt(why: string): BackupError {
  return new BackupError('corrupt', `the NameNode metadata has ${why}`);
}
