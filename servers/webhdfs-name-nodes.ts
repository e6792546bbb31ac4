import { BackupError, messageOf } from '../model/errors';
import { type Answer, ask, codeOf, type Request } from './http';
import type { Login } from './login';
import { isStandby, webHdfsError } from './webhdfs-errors';
import { type Done, openPackageClient, type PackageClient, type Params } from './webhdfs-package';

/** The NameNodes of one HDFS, of which the active one is asked. */
export interface NameNodes {
  /** An operation of the package. */
  call<Result>(operation: (client: PackageClient, done: Done<Result>) => void): Promise<Result>;
  /** An operation that the package lacks; gives back the answer's JSON. */
  ask(method: Method, operation: string, path: string, params?: Params): Promise<unknown>;
  /** The first half of an operation that a DataNode carries out: where it is to be sent. */
  locate(method: Method, operation: string, path: string, params?: Params): Promise<URL>;
  /** The second half. */
  askDataNode(url: URL, request: Request): Promise<Answer>;
}

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

export function openNameNodes(addresses: readonly string[], login: Login, signal: AbortSignal | undefined): NameNodes {
  const send = async (method: string, url: URL): Promise<unknown> =>
    resultOf(await ask(login, url, { method: method as Method, ...(signal && { signal }) }), url);
  const clients = addresses.map((address) => openPackageClient(address, send));

  let active = 0;

  async function call<Result>(operation: (client: PackageClient, done: Done<Result>) => void): Promise<Result> {
    let refusal: unknown = new BackupError('invalid', 'there is no address of a NameNode');
    for (const _ of clients) {
      try {
        return await promised(clients[active]!, operation);
      } catch (error) {
        if (!isElsewhere(error)) throw error;
        refusal = error;
        active = (active + 1) % clients.length;
      }
    }
    throw refusal;
  }
  const askAny: NameNodes['ask'] = (method, operation, path, params) =>
    call((client, done) =>
      client._sendRequest(method, client._getOperationEndpoint(operation, path, params), (error, response) =>
        done(error, response?.body),
      ),
    );
  return {
    call,
    ask: askAny,
    // Told not to redirect, a NameNode answers with the address; so nothing is sent twice, and no body too early.
    locate: async (method, operation, path, params) =>
      locationIn(await askAny(method, operation, path, { ...params, noredirect: true })),
    askDataNode: async (url, request) => {
      const answer = await ask(login, url, { ...request, ...(signal && { signal }) });
      if (answer.status === 200 || answer.status === 201) return answer;
      throw await webHdfsError(answer);
    },
  };
}

/** What the package throws by itself tells that an answer was not of HDFS. */
function promised<Result>(client: PackageClient, operation: (client: PackageClient, done: Done<Result>) => void) {
  return new Promise<Result>((resolve, reject) => {
    operation(client, (error, result) => {
      if (error === null || error === undefined) resolve(result);
      else reject(error instanceof BackupError ? error : notOfHdfs(error));
    });
  });
}

function notOfHdfs(cause: unknown): BackupError {
  return new BackupError(
    'unavailable',
    `an answer is not of the form that HDFS gives: ${messageOf(cause)}`,
    {},
    { cause },
  );
}

/** Only where nothing can have been done yet: a request that may have arrived is not sent again to another one. */
function isElsewhere(error: unknown): boolean {
  return isStandby(error) || unconnected.has(codeOf(error) ?? '');
}

const unconnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ETIMEDOUT']);

async function resultOf(answer: Answer, url: URL): Promise<unknown> {
  if (answer.status === 307) return { Location: answer.header('location') };
  if (answer.status !== 200 && answer.status !== 201) throw await webHdfsError(answer);
  const text = await answer.text();
  const result = text === '' ? undefined : parse(text, answer.place);
  if (isFalse(result)) throw refused(url);
  return result;
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BackupError('unavailable', `${place} answered with something else than JSON`, {}, { cause });
  }
}

function isFalse(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'boolean' in result && result.boolean === false;
}

/** Some operations tell a failure by `{"boolean":false}` in a success. */
function refused(url: URL): BackupError {
  const operation = url.searchParams.get('op');
  const path = decodeURIComponent(url.pathname.replace('/webhdfs/v1', ''));
  if (operation === 'DELETE') return new BackupError('missing', `HDFS has no ${path} to delete`);
  return new BackupError('conflict', `HDFS did not carry out ${operation} of ${path}`, {
    hint: 'something is missing, or in the way',
  });
}

function locationIn(result: unknown): URL {
  const location = typeof result === 'object' && result !== null && 'Location' in result ? result.Location : undefined;
  if (typeof location === 'string' && URL.canParse(location)) return new URL(location);
  throw new BackupError('unavailable', 'the NameNode named no DataNode');
}
