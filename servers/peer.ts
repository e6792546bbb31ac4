import * as https from 'node:https';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { BackupError } from '../model/errors';
import type { Peer, PeerSets } from '../model/mirror';
import type { ServeConfig } from '../model/mirror-schema';
import { localFolderOf } from '../model/names';
import { authority } from './authority';
import { gather } from './gather';
import { type Answer, ask, refusal, refusalOf, type Request } from './http';
import type { Login } from './login';
import { isProven, tokenFor } from './peer-token';
import { readSecret } from './secrets';
import { sendOnce } from './transport';

export interface PeerPlace {
  readonly cluster: string;
  /** The host whose sets are read. */
  readonly host: string;
  /** Who reads them. */
  readonly by: string;
  readonly config: ServeConfig;
}

/** A set's manifest has at most so much. */
const maxManifestBytes = 64 * 1024 * 1024;
const maxListBytes = 64 * 1024 * 1024;
/** A host reads the manifests of all its sets before it answers. */
const listWithin = 300_000;

/** Reads the sets of another management host through its worker. Secret and certificates are read anew for each question. */
export function openPeer(place: PeerPlace): Peer {
  return {
    host: place.host,
    async list(signal) {
      const target = `${pathOf(place, 'sets')}?for=${encodeURIComponent(place.by)}`;
      const text = await provenText(place, target, maxListBytes, { signal, answerWithin: listWithin });
      return setsIn(text, place);
    },
    manifest: (name, signal) => provenText(place, setPath(place, 'manifest', name), maxManifestBytes, { signal }),
    async archive(name, from, signal) {
      const headers: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
      const { answer } = await askPeer(place, setPath(place, 'archive', name), { signal, headers });
      if (answer.status === (from === 0 ? 200 : 206)) return Readable.from(answer.chunks(), { objectMode: false });
      throw await unexpected(answer);
    },
  };
}

/** Throws at a worker's start what would else be found when the first set is to be mirrored. */
export async function checkSecret({ secret }: ServeConfig, what: string): Promise<string> {
  const text = await readSecret(secret, `${what}.secret`);
  if (text.length >= leastSecret) return text;
  throw new BackupError('invalid', `${what}.secret: it has less than ${leastSecret} characters`, {
    hint: 'make one for all management hosts: openssl rand -base64 32',
  });
}

const leastSecret = 32;

function pathOf({ cluster }: PeerPlace, what: string): string {
  return `/local-backup/${cluster}/${what}`;
}

/** Names of sets need no encoding: their parts are letters, digits, dots, `-` and `_`. */
function setPath(place: PeerPlace, what: 'manifest' | 'archive', name: string): string {
  const own = `${localFolderOf(place.cluster)}/`;
  if (name.startsWith(own)) return `${pathOf(place, what)}/${name.slice(own.length)}`;
  throw new BackupError('invalid', `${name} is not a set of cluster ${place.cluster}`);
}

async function provenText(place: PeerPlace, target: string, maxBytes: number, request: Request): Promise<string> {
  const { answer, secret, token } = await askPeer(place, target, request);
  if (answer.status !== 200) throw await unexpected(answer);
  const body = await gather(answer.chunks(), maxBytes, `${answer.place} answered more than ${maxBytes} bytes`);
  if (isProven(secret, token, body, answer.header('x-cairn-proof'))) return body.toString('utf8');
  throw new BackupError('denied', `${answer.place} answered without a proof that it knows the secret`, {
    hint: 'look at localBackup.serve.addresses, and at what stands between both hosts',
  });
}

async function askPeer({ config, cluster, host }: PeerPlace, target: string, request: Request) {
  const what = `localBackup.serve of cluster ${cluster}`;
  const address = Object.hasOwn(config.addresses, host) ? config.addresses[host] : undefined;
  if (address === undefined)
    throw new BackupError('precondition', `${what} has no address for ${host}`, {
      hint: "name it in the worker's cairn.yaml",
    });
  const secret = await checkSecret(config, what);
  const token = tokenFor(secret, { host, target }, Date.now());
  const headers = { ...request.headers, authorization: token, 'user-agent': 'cairn' };
  const answer = await ask(await loginOf(config, what), new URL(target, address), { ...request, headers });
  return { answer, secret, token };
}

async function loginOf({ tls }: ServeConfig, what: string): Promise<Login> {
  const ca = tls?.ca === undefined ? undefined : await authority(tls.ca, `${what}.tls`);
  const agents = ca === undefined ? {} : { 'https:': new https.Agent({ ca }) };
  return { send: (url, outgoing) => sendOnce(url, outgoing, agents), environment: () => Promise.resolve({}) };
}

async function unexpected(answer: Answer): Promise<BackupError> {
  if (answer.status !== 401) return await refusalOf(answer);
  const said = await answer.text().catch(() => '');
  const { kind, what, context } = refusal(answer, 'denied', said);
  const hint =
    'localBackup.serve must have the same secret and addresses on all management hosts, and their clocks must agree';
  return new BackupError(kind, what, { ...context, hint });
}

const listSchema = z.object({
  sets: z.array(
    z.object({
      name: z.string(),
      sha256: z.string().regex(/^([0-9a-f]{64})?$/),
      problem: z.string().optional(),
      known: z.boolean().optional(),
    }),
  ),
  removed: z.array(z.string()).default([]),
});

function setsIn(text: string, { cluster, host }: PeerPlace): PeerSets {
  try {
    const { sets, removed } = listSchema.parse(JSON.parse(text));
    if (sets.every(({ name }) => name.startsWith(`${localFolderOf(cluster)}/`))) return { sets, removed } as PeerSets;
  } catch {
    // Said below.
  }
  throw new BackupError('corrupt', `host ${host} lists its sets in a form that this cairn does not know`, {
    hint: 'all workers of a cluster must have one version',
  });
}
