import { join } from 'node:path';
import type { Control } from '../model/control';
import type { Directory } from '../model/directory';
import { isKind } from '../model/errors';
import type { NameNodeSpec } from '../model/name-node';
import type { Login } from '../servers/login';
import { editsName, type NameNode, openNameNode } from '../servers/name-node';
import { listSegments, type Segment } from '../servers/name-node-journal';
import type { ActiveNameNode } from './name-node-active';
import { checkEdits } from './name-node-edits';
import { fetchSegments } from './name-node-segments';

/** Downloads the edits of these transactions, and checks each segment as it comes. Returns them in order. */
export async function fetchEdits(
  { nameNode, info }: ActiveNameNode,
  spec: NameNodeSpec,
  login: Login,
  { from, to }: { readonly from: number; readonly to: number },
  into: Directory,
  control: Control,
): Promise<readonly Segment[]> {
  const listed = from > to ? [] : await listOrNothing(info.rpcAddress, login, { from, to }, control.signal);
  const others = spec.nameNodes.filter(({ http }) => http !== nameNode.address);
  const holders = [nameNode, ...others.map(({ http }) => openNameNode(http, login))];
  return fetchSegments({ from, to, boundary: info.openSegment, listed }, async (segment) => {
    const isThere = await fetchFromAny(holders, segment, into, control);
    if (isThere) await checkEdits(join(into, editsName(segment.start, segment.end)), segment, control.signal);
    return isThere;
  });
}

/**
 * A worker that can reach the NameNode's HTTP but not its RPC guesses the segments. So does one that reached another
 * server by the address: the segment that was just closed must be in the list.
 */
async function listOrNothing(
  rpcAddress: string,
  login: Login,
  { from, to }: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<readonly Segment[]> {
  try {
    const listed = await listSegments(rpcAddress, login, from, signal);
    return listed.some(({ end }) => end === to) ? listed : [];
  } catch (error) {
    if (isKind(error, 'unavailable') || isKind(error, 'unsupported')) return [];
    throw error;
  }
}

/** What was written before a fail-over lies with the NameNode that was active then; that one may be down now. */
async function fetchFromAny(
  [active, ...others]: readonly NameNode[],
  { start, end }: Segment,
  into: Directory,
  control: Control,
): Promise<boolean> {
  if ((await active!.downloadEdits(start, end, into, control)) !== undefined) return true;
  for (const other of others) {
    const saved = await other.downloadEdits(start, end, into, control).catch((error: unknown) => {
      if (isKind(error, 'unavailable')) return undefined;
      throw error;
    });
    if (saved !== undefined) return true;
  }
  return false;
}
