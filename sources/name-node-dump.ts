import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Control } from '../model/control';
import type { Directory } from '../model/directory';
import type { NameNodeSpec } from '../model/name-node';
import type { Dumped } from '../model/source';
import type { HadoopCommand } from '../servers/hadoop-command';
import type { Login } from '../servers/login';
import { imageName, type NameNode } from '../servers/name-node';
import { findActive } from './name-node-active';
import { fetchEdits } from './name-node-fetch';
import { isMetadataFile } from './name-node-folder';
import { checkImageFrame, md5Text } from './name-node-image';
import { rollEdits } from './name-node-roll';
import { versionText } from './name-node-storage';

/** Writes what a NameNode's `current` folder holds: its newest checkpoint and all edits since, up to this moment. */
export async function dumpNameNode(
  tools: { readonly login: Login; readonly hadoop: HadoopCommand },
  spec: NameNodeSpec,
  into: Directory,
  control: Control,
): Promise<Dumped> {
  await removeOldAttempt(into);
  const active = await findActive(spec, tools.login, control.signal);
  const { softwareVersion, blockPoolId } = active.info;
  const storage = { ...(await active.nameNode.storageInfo(control.signal)), blockPoolId };
  // The checkpoint may be hours old; what was acknowledged since lies in the open segment, which nobody is given.
  // So that one is closed first, and the image is fetched after it: a checkpoint in between only makes it newer.
  const rolledTo = await rollEdits(active, spec, tools, control.signal);
  const imageTxId = await fetchImage(active.nameNode, into, control);
  const missing = { from: imageTxId + 1, to: rolledTo };
  const segments = await fetchEdits(active, spec, tools.login, missing, into, control);
  const lastTxId = Math.max(imageTxId, rolledTo);
  await writeFile(join(into, 'VERSION'), versionText(storage));
  // A NameNode that starts on this insists on every transaction up to the one named here.
  await writeFile(join(into, 'seen_txid'), `${lastTxId}\n`);
  const { cTime: _, ...identity } = storage;
  const facts = { nameService: spec.nameService, imageTxId, lastTxId, segments: segments.length, ...identity };
  return { componentVersion: softwareVersion, facts };
}

async function removeOldAttempt(into: Directory): Promise<void> {
  for (const name of (await readdir(into)).filter(isMetadataFile)) await rm(join(into, name));
}

/** Returns the last transaction that it holds. */
async function fetchImage(nameNode: NameNode, into: Directory, control: Control): Promise<number> {
  const { txId, md5 } = await nameNode.downloadLatestImage(into, control);
  await checkImageFrame(join(into, imageName(txId)));
  await writeFile(join(into, `${imageName(txId)}.md5`), md5Text(md5, imageName(txId)));
  return txId;
}
