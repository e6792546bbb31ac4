import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { GetObjectCommandOutput, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { BackupError } from '../model/errors';
import { isAbsentObject, isNoUpload, s3Error } from './s3-errors';
import { loadS3Package, type S3Package } from './s3-package';
import { objectPages, partsIn, uploadsIn } from './s3-pages';

/** A bucket of a store that speaks S3, and who asks. */
export interface S3Options {
  /** `https://host`, or `http://host:port`; without a path. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Whether the bucket is named in the URL's path, or in front of the host's name. */
  readonly addressing: 'path' | 'virtualHost';
  readonly accessKeyId: string;
  /** Asked once, at the first request. */
  readonly secretKey: () => Promise<string>;
  /** Certificates of the authorities that the store is believed by, as PEM; those of Node when absent. */
  readonly authority?: () => Promise<string>;
  /** Milliseconds without a byte in either direction until a request is given up; 60 s when absent. */
  readonly idleWithin?: number;
}

export interface S3Object {
  readonly key: string;
  readonly bytes: number;
}

/** What is known of an object beside its bytes. */
export interface S3Status {
  readonly bytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of a bucket that keeps versions. */
  readonly version?: string;
  /** Neither removed nor changed until then. */
  readonly lockedUntil?: Date;
}

/** The body of an answer; `total` is the whole object's length where a range was asked for. */
export interface S3Body {
  readonly stream: Readable;
  readonly bytes: number;
  readonly total: number;
}

/** An upload in parts that is neither completed nor aborted. */
export interface S3Upload {
  readonly key: string;
  readonly id: string;
}

export interface S3Part {
  readonly number: number;
  readonly bytes: number;
  readonly tag: string;
}

export type LockMode = 'governance' | 'compliance';

/**
 * The requests that cairn needs, each sent once: nothing is repeated here. Errors are `BackupError`s that name the store and
 * what it answered. Absent objects are `undefined` for `status` and `get`.
 */
export interface S3Requests {
  status(key: string): Promise<S3Status | undefined>;
  get(key: string, range?: { readonly start: number; readonly end: number }): Promise<S3Body | undefined>;
  /** For small things. */
  put(key: string, text: string): Promise<void>;
  /** Absent is fine. Without a version, a bucket that keeps versions hides the object only. */
  remove(key: string, version?: string): Promise<void>;
  /** In pages, as they come. A list that ends early is an error. */
  list(prefix: string): AsyncIterable<readonly S3Object[]>;
  uploads(prefix: string): AsyncIterable<S3Upload>;
  begin(key: string, metadata: Readonly<Record<string, string>>): Promise<S3Upload>;
  /** Returns the part's tag, which `complete` wants. */
  sendPart(upload: S3Upload, number: number, bytes: Uint8Array): Promise<string>;
  parts(upload: S3Upload): Promise<readonly S3Part[]>;
  /** In one step the upload is the object. `conflict` when the upload was aborted, or completed by another one. */
  complete(upload: S3Upload, parts: readonly Pick<S3Part, 'number' | 'tag'>[]): Promise<void>;
  /** Absent is fine. */
  abort(upload: S3Upload): Promise<void>;
  lock(key: string, mode: LockMode, until: Date): Promise<void>;
}

export interface S3 extends S3Requests {
  /** The same, but the signal ends them. */
  during(signal: AbortSignal): S3Requests;
  close(): void;
}

/** Opens nothing yet: connections are made when they are needed, and ended by `close`. */
export function openS3(options: S3Options): S3 {
  let opened: Promise<Opened> | undefined;
  const open = () => (opened ??= connect(options));
  const close = () => void opened?.then(({ client }) => client.destroy()).catch(() => undefined);
  return { ...requests(options, open, {}), during: (abortSignal) => requests(options, open, { abortSignal }), close };
}

function requests(options: S3Options, open: () => Promise<Opened>, during: { abortSignal?: AbortSignal }): S3Requests {
  const { bucket: Bucket, endpoint } = options;
  const ask = async <T>(send: (opened: Opened) => Promise<T>): Promise<T> => {
    try {
      return await send(await open());
    } catch (error) {
      throw s3Error(endpoint, error);
    }
  };
  return {
    status: (Key) =>
      ifThere(
        ask(async ({ s3, client }) => {
          const found = await client.send(new s3.HeadObjectCommand({ Bucket, Key }), during);
          if (found.ContentLength === undefined) throw odd(endpoint, 'does not say how long an object is');
          return {
            bytes: found.ContentLength,
            metadata: found.Metadata ?? {},
            ...(found.VersionId !== undefined && { version: found.VersionId }),
            ...(found.ObjectLockRetainUntilDate && { lockedUntil: found.ObjectLockRetainUntilDate }),
          };
        }),
      ),
    get: (Key, range) =>
      ifThere(
        ask(async ({ s3, client }) => {
          const Range = range && `bytes=${range.start}-${range.end}`;
          const answer = await client.send(new s3.GetObjectCommand({ Bucket, Key, ...(Range && { Range }) }), during);
          return bodyOf(endpoint, answer, range?.start);
        }),
      ),
    put: (Key, Body) =>
      ask(async ({ s3, client }) => void (await client.send(new s3.PutObjectCommand({ Bucket, Key, Body }), during))),
    remove: (Key, version) =>
      ask(async ({ s3, client }) => {
        const command = new s3.DeleteObjectCommand({ Bucket, Key, ...(version && { VersionId: version }) });
        await client.send(command, during);
      }),
    list: (Prefix) =>
      objectPages(options, (token) =>
        ask(({ s3, client }) => {
          const after = token && { ContinuationToken: token };
          return client.send(new s3.ListObjectsV2Command({ Bucket, Prefix, ...after }), during);
        }),
      ),
    uploads: (Prefix) =>
      uploadsIn(options, (after) =>
        ask(({ s3, client }) => client.send(new s3.ListMultipartUploadsCommand({ Bucket, Prefix, ...after }), during)),
      ),
    begin: (Key, Metadata) =>
      ask(async ({ s3, client }) => {
        const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key, Metadata }), during);
        if (UploadId === undefined) throw odd(endpoint, 'began an upload without an id');
        return { key: Key, id: UploadId };
      }),
    sendPart: ({ key: Key, id: UploadId }, PartNumber, bytes) =>
      ask(async ({ s3, client }) => {
        const [Body, ContentLength] = [inPieces(bytes), bytes.length];
        const command = new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ContentLength });
        signBytes(command, isSecure(endpoint) ? 'UNSIGNED-PAYLOAD' : sha256Of(bytes));
        const { ETag } = await client.send(command, during);
        if (ETag === undefined) throw odd(endpoint, 'took a part and gave no tag for it');
        return ETag;
      }),
    parts: ({ key: Key, id: UploadId }) =>
      partsIn(options, (marker) =>
        ask(({ s3, client }) => {
          const after = marker && { PartNumberMarker: marker };
          return client.send(new s3.ListPartsCommand({ Bucket, Key, UploadId, ...after }), during);
        }),
      ),
    complete: ({ key: Key, id: UploadId }, parts) =>
      ask(async ({ s3, client }) => {
        const Parts = parts.map(({ number, tag }) => ({ PartNumber: number, ETag: tag }));
        const command = { Bucket, Key, UploadId, MultipartUpload: { Parts } };
        const { ETag } = await client.send(new s3.CompleteMultipartUploadCommand(command), during);
        if (ETag === undefined) throw odd(endpoint, 'did not say that an upload is whole');
      }),
    abort: ({ key: Key, id: UploadId }) =>
      unlessGone(
        ask(({ s3, client }) => client.send(new s3.AbortMultipartUploadCommand({ Bucket, Key, UploadId }), during)),
      ),
    lock: (Key, mode, RetainUntilDate) =>
      ask(async ({ s3, client }) => {
        const Retention = { Mode: mode === 'governance' ? 'GOVERNANCE' : 'COMPLIANCE', RetainUntilDate } as const;
        await client.send(new s3.PutObjectRetentionCommand({ Bucket, Key, Retention }), during);
      }),
  };
}

interface Opened {
  readonly s3: S3Package;
  readonly client: S3Client;
}

async function connect(options: S3Options): Promise<Opened> {
  const s3 = loadS3Package();
  const ca = await options.authority?.();
  const { endpoint, region, addressing, accessKeyId, idleWithin = 60_000 } = options;
  // One that the store has closed meanwhile must not be taken for the next request.
  const agent = { keepAlive: true, maxSockets: 32, timeout: 10_000, ...(ca !== undefined && { ca }) };
  const client = new s3.S3Client({
    endpoint,
    region,
    forcePathStyle: addressing === 'path',
    credentials: async () => ({ accessKeyId, secretAccessKey: await options.secretKey() }),
    // Steps are repeated by who asked for them.
    maxAttempts: 1,
    // Huawei OBS refuses the checksums that come behind the body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: Math.min(10_000, idleWithin),
      socketTimeout: idleWithin,
      httpAgent: agent,
      httpsAgent: agent,
    },
    // Each part would wait for a connection of its own and an answer before its first byte.
    expectContinueHeader: false,
    followRegionRedirects: false,
    // What a person has set for other programs is not for this one.
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    useAccelerateEndpoint: false,
    disableMultiregionAccessPoints: true,
    defaultsMode: 'standard',
    logger: quiet,
  });
  return { s3, client };
}

function isSecure(endpoint: string): boolean {
  return new URL(endpoint).protocol === 'https:';
}

/**
 * What the signature says of a part's bytes. Over TLS it says nothing: none of them can change on the way, and to hash each
 * once more takes a tenth of the time of an upload. Over plain HTTP it has their hash, so that the store refuses what was changed.
 */
function signBytes(command: UploadPartCommand, hash: string): void {
  command.middlewareStack.add(
    (next) => async (step) => {
      const request = step.request as { headers: Record<string, string> };
      request.headers['x-amz-content-sha256'] = hash;
      return await next(step);
    },
    { step: 'build' },
  );
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const pieceBytes = 256 * 1024;

/** As the connection takes them: a part that is sent in one go would be in memory once more, encrypted. */
function inPieces(bytes: Uint8Array): Readable {
  const pieces = Math.ceil(bytes.length / pieceBytes);
  const piece = (_: unknown, n: number) => bytes.subarray(n * pieceBytes, (n + 1) * pieceBytes);
  return Readable.from(Array.from({ length: pieces }, piece), { objectMode: false });
}

const quiet = { trace: none, debug: none, info: none, warn: none, error: none };
function none(): void {}

async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsentObject(error)) return undefined;
    throw error;
  }
}

async function unlessGone(answer: Promise<unknown>): Promise<void> {
  await answer.catch((error: unknown) => {
    if (!isNoUpload(error)) throw error;
  });
}

function bodyOf(endpoint: string, answer: GetObjectCommandOutput, start: number | undefined): S3Body {
  const { ContentLength: bytes, ContentRange } = answer;
  const stream = answer.Body as Readable;
  // Whoever reads hears of errors; one that comes when nobody reads (any more) must not end the process.
  stream.on('error', () => undefined);
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(ContentRange ?? '') ?? [];
  const isAsked = start === undefined ? ContentRange === undefined : Number(from) === start;
  if (bytes !== undefined && isAsked) return { stream, bytes, total: start === undefined ? bytes : Number(total) };
  stream.destroy();
  throw bytes === undefined
    ? odd(endpoint, 'does not say how long an object is')
    : odd(endpoint, 'sent other bytes than were asked for');
}

function odd(endpoint: string, what: string): BackupError {
  return new BackupError('unavailable', `${endpoint} ${what}`, {
    hint: 'see the log of the store, and what lies between it and the worker',
  });
}
