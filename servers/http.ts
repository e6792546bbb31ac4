import { BackupError, type ErrorKind, messageOf } from '../model/errors';
import { gather } from './gather';
import type { Login } from './login';
import { openPatience, type Patience } from './patience';
import type { Incoming, Outgoing } from './transport';

/** One request to a server of the cluster. Times are milliseconds. */
export interface Request {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  /** Until the answer begins; 30 s when absent. */
  readonly answerWithin?: number;
  /** Between two pieces of a body, sent or received; 60 s when absent. */
  readonly idleWithin?: number;
}

/** What a server answered. Its body must be read or discarded, once; until then the connection is held. */
export interface Answer {
  readonly status: number;
  /** The text of the status line: NameNodes put their messages there. */
  readonly reason: string;
  /** Where it came from, without the query: fit for messages. */
  readonly place: string;
  header(name: string): string | undefined;
  /** The body, piece by piece. One that is shorter than announced, stalls or breaks off is `unavailable`. */
  chunks(): AsyncIterable<Buffer>;
  /** The body as text; more than 16 MiB is `corrupt`. */
  text(): Promise<string>;
  discard(): void;
}

/**
 * Sends a request; any status is an answer. No answer is `unavailable`, an abort `cancelled`; what the body to send
 * throws is thrown on.
 */
export async function ask(login: Login, url: URL, request: Request = {}): Promise<Answer> {
  const patience = openPatience(request.signal);
  const place = placeOf(url);
  const body = request.body && paced(request.body, patience, request);
  try {
    patience.wait(request.answerWithin ?? answerWithin);
    const incoming = await login.send(url, outgoingOf(request, body?.chunks, patience.signal));
    patience.pause();
    return answerOf(incoming, place, patience, request.idleWithin ?? idleWithin);
  } catch (cause) {
    patience.end();
    throw body?.failure() ?? patience.explain(place) ?? noAnswer(place, cause);
  }
}

const answerWithin = 30_000;
const idleWithin = 60_000;

/** Like `ask`, but an answer that is no success throws what `refusalOf` makes of it. */
export async function askOk(login: Login, url: URL, request: Request = {}): Promise<Answer> {
  const answer = await ask(login, url, request);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw await refusalOf(answer);
}

/** The error that a refusing answer means. Reads the body. */
export async function refusalOf(answer: Answer): Promise<BackupError> {
  const text = await answer.text().catch(() => '');
  return refusal(answer, kindOfStatus(answer.status), answer.reason || text);
}

/** The error of a refusing answer whose body has been read; of what it said the first line is kept. */
export function refusal(answer: Answer, kind: ErrorKind, said: string): BackupError {
  const what = `${answer.place} answered ${answer.status} ${firstLine(said)}`.trim();
  return new BackupError(kind, what, { status: answer.status });
}

/** The error's kind that an HTTP status means. */
export function kindOfStatus(status: number): ErrorKind {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404 || status === 410) return 'missing';
  if (status >= 500 || status === 408 || status === 429) return 'unavailable';
  return 'invalid';
}

/** An address without user, password and query, all of which may hold secrets. */
export function placeOf(url: URL): string {
  return url.origin + url.pathname;
}

function outgoingOf(request: Request, body: AsyncIterable<Uint8Array> | undefined, signal: AbortSignal): Outgoing {
  return { method: request.method ?? 'GET', headers: { ...request.headers }, ...(body && { body }), signal };
}

/** The clock runs while the server takes a piece, not while the next one is being made; and after the last one. */
function paced(body: AsyncIterable<Uint8Array>, patience: Patience, request: Request) {
  let failure: unknown;
  async function* chunks(): AsyncIterable<Uint8Array> {
    try {
      patience.pause();
      for await (const chunk of body) {
        patience.wait(request.idleWithin ?? idleWithin);
        yield chunk;
        patience.pause();
      }
      patience.wait(request.answerWithin ?? answerWithin);
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  return { chunks: chunks(), failure: () => failure };
}

function answerOf(incoming: Incoming, place: string, patience: Patience, idle: number): Answer {
  const header = (name: string) => incoming.headers[name] as string | undefined;
  // Whoever reads hears of errors; one that comes when nobody reads (any more) must not end the process.
  incoming.on('error', () => undefined);
  async function* chunks(): AsyncIterable<Buffer> {
    let bytes = 0;
    try {
      patience.wait(idle);
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        patience.pause();
        yield chunk;
        patience.wait(idle);
      }
    } catch (cause) {
      throw patience.explain(place) ?? noAnswer(place, cause);
    } finally {
      patience.end();
    }
    refuseShort(bytes, header('content-length'), place);
  }
  return {
    status: incoming.statusCode ?? 0,
    reason: incoming.statusMessage ?? '',
    place,
    header,
    chunks,
    text: () => textOf(chunks(), place),
    discard: () => {
      patience.end();
      incoming.destroy();
    },
  };
}

async function textOf(chunks: AsyncIterable<Buffer>, place: string): Promise<string> {
  return String(await gather(chunks, 16 * 1024 * 1024, `${place} answered more than 16 MiB of text`));
}

function refuseShort(bytes: number, announced: string | undefined, place: string): void {
  if (announced === undefined || Number(announced) === bytes) return;
  throw new BackupError('unavailable', `${place} sent ${bytes} bytes, but announced ${announced}`);
}

function noAnswer(place: string, cause: unknown): BackupError {
  if (cause instanceof BackupError) return cause;
  const code = codeOf(cause);
  if (isDistrust(code))
    return new BackupError(
      'denied',
      `${place} shows a certificate that is not believed: ${code}`,
      { code, hint: believe },
      { cause },
    );
  return new BackupError('unavailable', `no answer from ${place}: ${code ?? messageOf(cause)}`, { code }, { cause });
}

const believe =
  "put its authority's certificate (PEM) into a file and start the worker with NODE_EXTRA_CA_CERTS=<that file>; see that the certificate is still valid, and for that name";

/** The system's code of an error, such as `ECONNREFUSED`, or of its cause. */
export function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = 'cause' in at ? at.cause : undefined;
  }
  return undefined;
}

/** The codes of an error by which Node says that a certificate is foreign, has expired, or is for another name. */
export function isDistrust(code: string | undefined): boolean {
  return distrust.test(code ?? '');
}

const distrust =
  /^(CERT_|UNABLE_TO_(GET_ISSUER|VERIFY|DECRYPT|DECODE)|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|ERROR_IN_CERT_|(INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$)/;

/** Jetty writes the line breaks of a Java stack trace as question marks, each followed by a tab. */
function firstLine(text: string): string {
  return (text.split(/[\r\n]|\?\t/, 1)[0] ?? '').slice(0, 500).trim();
}
