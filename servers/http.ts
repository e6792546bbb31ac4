import { BackupError, type ErrorKind, messageOf } from '../model/errors';
import type { Login } from './login';
import { openPatience } from './patience';

/** One request to a server of the cluster. Times are milliseconds. */
export interface Request {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | ReadableStream<Uint8Array>;
  readonly signal?: AbortSignal;
  /** Until the answer begins; 30 s when absent. */
  readonly answerWithin?: number;
  /** Between two pieces of the answer's body; 60 s when absent. */
  readonly idleWithin?: number;
}

/** What a server answered. Its body must be read or discarded, once; until then the connection is held. */
export interface Answer {
  readonly status: number;
  /** The text of the status line: NameNodes put their messages there. */
  readonly reason: string;
  readonly headers: Headers;
  /** Where it came from, without the query: fit for messages. */
  readonly place: string;
  /** The body, piece by piece. One that is shorter than announced, stalls or breaks off is `unavailable`. */
  chunks(): AsyncIterable<Uint8Array>;
  /** The body as text; more than 16 MiB is `corrupt`. */
  text(): Promise<string>;
  discard(): Promise<void>;
}

/** Sends a request; any status is an answer. No answer is `unavailable`, an abort `cancelled`. */
export async function ask(login: Login, url: URL, request: Request = {}): Promise<Answer> {
  const patience = openPatience(request.signal);
  const place = placeOf(url);
  try {
    patience.wait(request.answerWithin ?? 30_000);
    const response = await login.fetch(url, { ...initOf(request), signal: patience.signal });
    patience.pause();
    return answerOf(response, place, patience, request.idleWithin ?? 60_000);
  } catch (cause) {
    patience.end();
    throw patience.explain(place) ?? noAnswer(place, cause);
  }
}

/** Like `ask`, but an answer that is no success throws what `refusalOf` makes of it. */
export async function askOk(login: Login, url: URL, request: Request = {}): Promise<Answer> {
  const answer = await ask(login, url, request);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw await refusalOf(answer);
}

/** The error that a refusing answer means. Reads the body. */
export async function refusalOf(answer: Answer): Promise<BackupError> {
  return refusal(answer, kindOfStatus(answer.status), answer.reason || (await answer.text().catch(() => '')));
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

function initOf(request: Request): RequestInit {
  return {
    method: request.method ?? 'GET',
    // Sizes and digests are told of the file itself, so nothing may pack it on the way.
    headers: { 'accept-encoding': 'identity', ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body, duplex: 'half' }),
  } as RequestInit;
}

function answerOf(
  response: Response,
  place: string,
  patience: ReturnType<typeof openPatience>,
  idleWithin: number,
): Answer {
  async function* chunks(): AsyncIterable<Uint8Array> {
    let bytes = 0;
    try {
      patience.wait(idleWithin);
      for await (const chunk of response.body ?? []) {
        bytes += chunk.length;
        patience.pause();
        yield chunk;
        patience.wait(idleWithin);
      }
    } catch (cause) {
      throw patience.explain(place) ?? noAnswer(place, cause);
    } finally {
      patience.end();
    }
    refuseShort(bytes, response.headers.get('content-length'), place);
  }
  return {
    status: response.status,
    reason: response.statusText,
    headers: response.headers,
    place,
    chunks,
    text: () => textOf(chunks(), place),
    discard: async () => {
      patience.end();
      await response.body?.cancel().catch(() => undefined);
    },
  };
}

async function textOf(chunks: AsyncIterable<Uint8Array>, place: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > 16 * 1024 * 1024) throw new BackupError('corrupt', `${place} answered more than 16 MiB of text`);
    pieces.push(chunk);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function refuseShort(bytes: number, announced: string | null, place: string): void {
  if (announced === null || Number(announced) === bytes) return;
  throw new BackupError('unavailable', `${place} sent ${bytes} bytes, but announced ${announced}`);
}

function noAnswer(place: string, cause: unknown): BackupError {
  if (cause instanceof BackupError) return cause;
  const code = codeOf(cause);
  return new BackupError('unavailable', `no answer from ${place}: ${code ?? messageOf(cause)}`, { code }, { cause });
}

/** The system's code of a failed request, such as `ECONNREFUSED`: `fetch` hides it below causes. */
export function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = 'cause' in at ? at.cause : undefined;
  }
  return undefined;
}

function firstLine(text: string): string {
  // Jetty writes the line breaks of a Java stack trace as question marks followed by a tab.
  return (text.split(/[\r\n]|\?\t/, 1)[0] ?? '').slice(0, 500).trim();
}
