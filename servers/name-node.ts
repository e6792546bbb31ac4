import { join } from 'node:path';
import type { Control } from '../model/control';
import { BackupError } from '../model/errors';
import { save, type Saved } from './download';
import { type Answer, ask, codeOf, kindOfStatus, refusal } from './http';
import type { Login } from './login';
import { type NameNodeInfo, readInfo } from './name-node-info';

/** What `VERSION` says about a NameNode's storage, but for the block pool. */
export interface StorageInfo {
  readonly layoutVersion: number;
  readonly namespaceId: number;
  readonly cTime: number;
  readonly clusterId: string;
}

/** One NameNode, by its own HTTP interface. */
export interface NameNode {
  readonly address: string;
  /** `unavailable` while it starts. */
  info(signal?: AbortSignal): Promise<NameNodeInfo>;
  /** False only when nothing listens there; what cannot be told, such as a lost network, is `unavailable`. */
  isRunning(): Promise<boolean>;
  storageInfo(signal?: AbortSignal): Promise<StorageInfo>;
  /** Downloads the newest checkpoint into a folder, under its own name. `corrupt` when it is not what its MD5 says. */
  downloadLatestImage(into: string, control: Control): Promise<Saved & { readonly txId: number }>;
  /** Downloads exactly this finalized segment, under its own name; undefined when there is no such segment. */
  downloadEdits(start: number, end: number, into: string, control: Control): Promise<Saved | undefined>;
}

/** Connects to nothing yet. `address` is such as `http://nn1:9870`. */
export function openNameNode(address: string, login: Login): NameNode {
  const get = (query: string, signal: AbortSignal | undefined) =>
    ask(login, new URL(`/imagetransfer?${query}`, address), { ...(signal && { signal }) });
  return {
    address,
    info: (signal) => readInfo(address, login, signal),
    isRunning: () => isRunning(address, login),
    storageInfo: async (signal) => storageInfoIn(await get('getimage=1&txid=latest&storageInfo=cairn', signal)),
    downloadLatestImage: async (into, control) => {
      const answer = await successOf(await get('getimage=1&txid=latest', control.signal));
      const txId = imageTxIdOf(answer);
      const total = Number(answer.header('content-length')) || undefined;
      const saved = await save(answer, join(into, imageName(txId)), (bytes) =>
        control.report({ bytes, ...(total && { totalBytes: total }) }),
      );
      refuseOtherDigest(answer, saved);
      return { ...saved, txId };
    },
    downloadEdits: async (start, end, into, control) => {
      const answer = await segmentIn(await get(`getedit=1&startTxId=${start}&endTxId=${end}`, control.signal));
      return answer && save(answer, join(into, editsName(start, end)));
    },
  };
}

/** How a NameNode names a checkpoint. */
export function imageName(txId: number): string {
  return `fsimage_${padded(txId)}`;
}

/** How a NameNode names a finalized segment; both transactions are in it. */
export function editsName(start: number, end: number): string {
  return `edits_${padded(start)}-${padded(end)}`;
}

function padded(txId: number): string {
  return String(txId).padStart(19, '0');
}

async function isRunning(address: string, login: Login): Promise<boolean> {
  try {
    const answer = await ask(login, new URL('/jmx?qry=none:name=none', address), { answerWithin: 10_000 });
    answer.discard();
    return true;
  } catch (error) {
    if (codeOf(error) === 'ECONNREFUSED') return false;
    throw error;
  }
}

/** Asked with a storage info that cannot be its own, a NameNode refuses and tells its own. */
async function storageInfoIn(answer: Answer): Promise<StorageInfo> {
  const said = await wordsOf(answer);
  const found = /has storage info (-?\d+):(\d+):(\d+):(.+?) but the secondary expected/.exec(said);
  if (found === null) throw transferRefusal(answer, said);
  const [layoutVersion, namespaceId, cTime] = found.slice(1, 4).map(Number);
  return { layoutVersion: layoutVersion!, namespaceId: namespaceId!, cTime: cTime!, clusterId: found[4]! };
}

async function successOf(answer: Answer): Promise<Answer> {
  if (answer.status === 200) return answer;
  throw transferRefusal(answer, await wordsOf(answer));
}

/** The body, or undefined for a segment that the NameNode does not have. */
async function segmentIn(answer: Answer): Promise<Answer | undefined> {
  if (answer.status === 200) return answer;
  const said = await wordsOf(answer);
  if (answer.status === 410 && said.includes('No edits file for txid')) return undefined;
  throw transferRefusal(answer, said);
}

/**
 * A NameNode answers 410 to whatever went wrong, too many open files as well as a file that is not there: so only
 * its words tell that something is absent, and the rest may pass by itself.
 */
function transferRefusal(answer: Answer, said: string): BackupError {
  if (answer.status === 410) return refusal(answer, 'unavailable', said);
  return refusal(answer, kindOfStatus(answer.status), said);
}

/** Hadoop's messages stand in the status line, older versions' in the body too. */
async function wordsOf(answer: Answer): Promise<string> {
  return `${answer.reason}\n${await answer.text()}`;
}

function imageTxIdOf(answer: Answer): number {
  const name = answer.header('content-disposition') ?? '';
  const found = /filename="?fsimage_(\d{19})"?$/.exec(name);
  if (found !== null) return Number(found[1]);
  throw new BackupError('corrupt', `${answer.place} sent an image without its name: ${name}`);
}

function refuseOtherDigest(answer: Answer, image: Saved): void {
  const told = answer.header('x-md5-digest');
  if (told === undefined || told.toLowerCase() === image.md5) return;
  throw new BackupError('corrupt', `${answer.place} sent an image of MD5 ${image.md5}, but announced ${told}`);
}
