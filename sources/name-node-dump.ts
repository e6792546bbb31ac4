import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Control } from '../model/control';
import type { Directory } from '../model/directory';
import { BackupError, isKind } from '../model/errors';
import { defaultNameService, type NameNodeSpec } from '../model/name-node';
import type { Dumped } from '../model/source';
import { type HadoopCommand, runHadoop } from '../servers/hadoop-command';
import type { Login } from '../servers/login';
import { editsName, imageName, type NameNode } from '../servers/name-node';
import type { NameNodeInfo } from '../servers/name-node-info';
import { listSegments, type Segment } from '../servers/name-node-journal';
import { findActive } from './name-node-active';
import { checkEdits } from './name-node-edits';
import { isMetadataFile } from './name-node-folder';
import { checkImageFrame, md5Text } from './name-node-image';
import { fetchSegments } from './name-node-segments';
import { versionText } from './name-node-storage';

/** Writes what a NameNode's `current` folder holds: its newest checkpoint and all edits since, up to this moment. */
export async function dumpNameNode(
  { login, hadoop }: { readonly login: Login; readonly hadoop: HadoopCommand },
  spec: NameNodeSpec,
  into: Directory,
  control: Control,
): Promise<Dumped> {
  await removeOldAttempt(into);
  const { nameNode, info } = await findActive(spec, login, control.signal);
  const storage = await nameNode.storageInfo(control.signal);
  // The checkpoint may be hours old; what was acknowledged since lies in the open segment, which nobody is given.
  // So that one is closed first, and the image is fetched after it: a checkpoint in between only makes it newer.
  const rolledTo = await rollEdits(spec, nameNode, info, { login, hadoop }, control.signal);
  const image = await nameNode.downloadLatestImage(into, control);
  await checkImageFrame(join(into, imageName(image.txId)));
  const wanted = { from: image.txId + 1, to: rolledTo };
  const known = { boundary: info.openSegment, listed: await listOrNothing(info, login, wanted, control.signal) };
  const segments = await fetchSegments({ ...wanted, ...known }, (segment) =>
    fetchSegment(nameNode, segment, into, control),
  );
  const lastTxId = Math.max(image.txId, rolledTo);
  await writeFile(join(into, `${imageName(image.txId)}.md5`), md5Text(image.md5, imageName(image.txId)));
  await writeFile(join(into, 'VERSION'), versionText({ ...storage, blockPoolId: info.blockPoolId }));
  // A NameNode that starts on this insists on every transaction up to the one named here.
  await writeFile(join(into, 'seen_txid'), `${lastTxId}\n`);
  return {
    componentVersion: info.softwareVersion,
    facts: {
      nameService: spec.nameService,
      imageTxId: image.txId,
      lastTxId,
      segments: segments.length,
      clusterId: storage.clusterId,
      blockPoolId: info.blockPoolId,
      namespaceId: storage.namespaceId,
      layoutVersion: storage.layoutVersion,
    },
  };
}

async function removeOldAttempt(into: Directory): Promise<void> {
  for (const name of (await readdir(into)).filter(isMetadataFile)) await rm(join(into, name));
}

/**
 * A worker that can reach the NameNode's HTTP but not its RPC guesses the segments. So does one that reached another
 * server by the address: the segment that was just closed must be in the list.
 */
async function listOrNothing(
  info: NameNodeInfo,
  login: Login,
  { from, to }: { readonly from: number; readonly to: number },
  signal: AbortSignal,
) {
  try {
    const listed = await listSegments(info.rpcAddress, login, from, signal);
    return listed.some(({ end }) => end === to) ? listed : [];
  } catch (error) {
    if (isKind(error, 'unavailable') || isKind(error, 'unsupported')) return [];
    throw error;
  }
}

async function fetchSegment(nameNode: NameNode, segment: Segment, into: Directory, control: Control): Promise<boolean> {
  const saved = await nameNode.downloadEdits(segment.start, segment.end, into, control);
  if (saved === undefined) return false;
  await checkEdits(join(into, editsName(segment.start, segment.end)), segment, control.signal);
  return true;
}

/** Closes the open segment and returns the last transaction of the closed one. */
async function rollEdits(
  spec: NameNodeSpec,
  nameNode: NameNode,
  before: NameNodeInfo,
  { login, hadoop }: { readonly login: Login; readonly hadoop: HadoopCommand },
  signal: AbortSignal,
): Promise<number> {
  // The default NameService is the command's own; another one is named by its NameNode.
  const where = spec.nameService === defaultNameService ? [] : ['-fs', `hdfs://${before.rpcAddress}`];
  const { stdout } = await runHadoop(hadoop, login, ['dfsadmin', ...where, '-rollEdits'], { signal });
  const started = Number(/New segment starts at txid (\d+)/.exec(stdout)?.[1]);
  const after = await nameNode.info(signal);
  if (after.openSegment === undefined || !(started <= after.openSegment)) throw rolledElsewhere(nameNode, hadoop);
  if (after.openSegment === before.openSegment) throw rolledElsewhere(nameNode, hadoop);
  return started - 1;
}

function rolledElsewhere(nameNode: NameNode, hadoop: HadoopCommand): BackupError {
  const what = `\`${hadoop.hdfs} dfsadmin -rollEdits\` did not roll the edits of the NameNode at ${nameNode.address}`;
  return new BackupError('precondition', what, {
    hint: "let the command's configuration (HADOOP_CONF_DIR) and the NameNode's address in cairn.yaml name one cluster",
  });
}
