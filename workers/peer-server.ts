import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Plugins } from '../activities/plugins';
import { BackupError, isKind, messageOf } from '../model/errors';
import type { PeerSets } from '../model/mirror';
import type { ServeConfig } from '../model/mirror-schema';
import { localFolderOf } from '../model/names';
import type { BackupTarget } from '../model/target';
import { problemOfToken, proofOf } from '../servers/peer-token';
import { checkSecret } from '../servers/peer';
import { namesOf, parseSetName } from '../sets/layout';
import { inventory } from '../sets/mirror';
import { readKnown, readRemoved } from '../sets/mirror-notes';
import { readStoredManifestText } from '../sets/manifest';
import { listenAt } from './listen';
import { log } from './log';

/** A cluster whose LocalBackup is served. */
export interface Served {
  readonly cluster: string;
  readonly serve: ServeConfig;
}

export interface PeerServer {
  /** Readers that are still served are cut off. */
  close(): Promise<void>;
}

/** Enough for the other management hosts; whoever else connects cannot take more. */
const mostConnections = 32;
const idleMs = 300_000;

/**
 * Lets the other management hosts read the sets of metadata in this host's LocalBackup: GET below `/local-backup/<cluster>/`, of
 * `sets` (all, as JSON), `manifest/<set>` and `archive/<set>`. Only names of sets are answered to, so no path leads anywhere
 * else, and nothing is written. Whoever has no token that the shared secret made gets the same answer for everything.
 */
export async function servePeers(listen: Listen, clusters: readonly Served[], plugins: Plugins): Promise<PeerServer> {
  const answering = (request: IncomingMessage, response: ServerResponse) =>
    void answer(clusters, plugins, request, response);
  const server: Server =
    listen.tls === undefined ? createServer(answering) : createTlsServer(await keysOf(listen.tls), answering);
  server.maxConnections = mostConnections;
  server.timeout = idleMs;
  await listenAt(server, listen, 'LocalBackup', 'localBackup.serve');
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface Listen {
  /** All interfaces when absent. */
  readonly host?: string;
  readonly port: number;
  readonly tls?: NonNullable<ServeConfig['tls']>;
}

async function keysOf({ certificate, key }: NonNullable<ServeConfig['tls']>) {
  const read = (file: string) =>
    readFile(file).catch((cause: unknown) => {
      throw new BackupError('missing', `localBackup.serve.tls: ${file} cannot be read`, {}, { cause });
    });
  return { cert: await read(certificate), key: await read(key) };
}

async function answer(
  clusters: readonly Served[],
  plugins: Plugins,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (request.method !== 'GET') return tell(response, 405, 'sets are only read\n');
    const question = await understood(clusters, plugins.host, request);
    if ('refused' in question) return tell(response, 401, `${question.refused}\n`);
    await serve(question, plugins, request, response);
  } catch (error) {
    // Who asks is told no more than whether it may pass; why stands in the log.
    log.warn('a set could not be served', { reason: messageOf(error) });
    if (response.headersSent) response.destroy();
    else if (isKind(error, 'missing')) tell(response, 404, 'there is no such set\n');
    else tell(response, 503, "the worker's log says why it cannot be read\n");
  }
}

interface Understood {
  readonly cluster: string;
  readonly what: 'sets' | 'manifest' | 'archive';
  /** The set's name; '' for all. */
  readonly name: string;
  /** Who asks. */
  readonly by: string;
  readonly secret: string;
  readonly token: string;
}

const targetPattern =
  /^\/local-backup\/([A-Za-z0-9-]{1,32})\/(sets|manifest|archive)(?:\/([A-Za-z0-9_./-]{1,300}))?(?:\?for=([A-Za-z0-9.-]{1,254}))?$/;

/** The text of the request is looked at as it came: nothing is decoded, and no `..` is resolved. */
async function understood(
  clusters: readonly Served[],
  host: string,
  { url = '', headers: { authorization } }: IncomingMessage,
): Promise<Understood | { refused: string }> {
  const [, cluster = '', what, below, by = ''] = targetPattern.exec(url) ?? [];
  const served = clusters.find((one) => one.cluster === cluster);
  if (served === undefined) return { refused: 'no token' };
  const secret = await checkSecret(served.serve, 'localBackup.serve');
  const problem = problemOfToken(secret, { host, target: url }, authorization, Date.now());
  if (problem !== undefined) return { refused: problem };
  const name = below === undefined ? '' : `${localFolderOf(cluster)}/${below}`;
  return { cluster, what: what as Understood['what'], name, by, secret, token: authorization! };
}

async function serve(
  question: Understood,
  plugins: Plugins,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { target, root } = plugins.openTarget(question.cluster, { kind: 'localDir' });
  await using _closing = target;
  if (question.what === 'sets') return tellProven(response, question, await listOf(target, root, question.by));
  const set = parseSetName(question.name);
  if (set?.family !== 'metadata' || set.root !== root) return tell(response, 404, 'there is no such set\n');
  if (question.what === 'manifest')
    return tellProven(response, question, await readStoredManifestText(target, question.name));
  await tellArchive(target, namesOf(question.name).archive, request, response);
}

async function listOf(target: BackupTarget, root: string, by: string): Promise<string> {
  const known = by === '' ? new Set<string>() : await readKnown(target, root, by);
  const sets = await inventory(target, root);
  // Read after the sets: one that went meanwhile is among the removed.
  const removed = await readRemoved(target, root);
  return JSON.stringify({
    sets: sets.map((set) => (known.has(set.name) ? { ...set, known: true } : set)),
    removed,
  } satisfies PeerSets);
}

async function tellArchive(
  target: BackupTarget,
  name: string,
  { headers: { range } }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const stored = await target.stat(name);
  if (stored === undefined) return tell(response, 404, 'there is no such set\n');
  const [, from = '0'] = /^bytes=(\d{1,15})-$/.exec(range ?? '') ?? [];
  const [start, end] = [Number(from), stored.bytes - 1];
  if (start > end) return tell(response, 416, 'it ends before\n');
  const stream = await target.get(name, { start, end });
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': String(stored.bytes - start),
    ...(range !== undefined && { 'content-range': `bytes ${start}-${end}/${stored.bytes}` }),
  });
  await pipeline(stream, response);
}

function tellProven(response: ServerResponse, { secret, token }: Understood, text: string): void {
  const body = Buffer.from(text, 'utf8');
  response
    .writeHead(200, { 'content-length': String(body.length), 'x-cairn-proof': proofOf(secret, token, body) })
    .end(body);
}

function tell(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}
