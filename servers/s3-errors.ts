import { BackupError, type ErrorKind, messageOf } from '../model/errors';
import { codeOf, isDistrust } from './http';

/** What the store answered, as far as it is known. */
interface Answered {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

type Meaning = readonly [kind: ErrorKind, hint: string];

const keys: Meaning = [
  'denied',
  'check accessKeyId and the secret that secretKeySecret names; a key that was exchanged must be exchanged there, too',
];
const full: Meaning = ['full', 'delete old sets, or raise the quota of the bucket or of its owner'];
const elsewhere: Meaning = ['precondition', 'check endpoint, region and addressing of the target'];
const altered: Meaning = [
  'unavailable',
  'what came is not what was sent: see what lies between the worker and the store',
];
const foreign: Meaning = [
  'denied',
  'the certificate is not of an authority that is believed, has expired or is of another host; name its authority under authorities in cairn.yaml and in the target',
];

/** What the codes of stores mean; those of Amazon, Huawei OBS, MinIO and SeaweedFS. */
const meanings: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: ['precondition', 'make the bucket, or check its name, the endpoint and the addressing'],
  NoSuchUpload: ['conflict', 'see which other run or worker writes to this place'],
  AccessDenied: ['denied', 'the key may not do this; see the policies of the bucket and of the key (docs/targets.md)'],
  InvalidAccessKeyId: keys,
  SignatureDoesNotMatch: keys,
  ExpiredToken: keys,
  InvalidToken: keys,
  RequestTimeTooSkewed: ['denied', "set the clock of the worker's host: it differs from the store's"],
  QuotaExceeded: full,
  QuotaExceed: full,
  InsufficientStorageSpace: full,
  InsufficientStorage: full,
  EntityTooLarge: full,
  XMinioStorageFull: full,
  XMinioAdminBucketQuotaExceeded: full,
  KeyTooLongError: ['invalid', 'choose a shorter path for the target'],
  InvalidObjectName: ['invalid', 'the store cannot hold this name'],
  XMinioInvalidObjectName: ['invalid', 'the store cannot hold this name'],
  PermanentRedirect: elsewhere,
  TemporaryRedirect: elsewhere,
  AuthorizationHeaderMalformed: elsewhere,
  IllegalLocationConstraintException: elsewhere,
  ExistingObjectWithDirectory: ['conflict', 'an object stands where a folder is needed, or the reverse'],
  ObjectParentIsFile: ['conflict', 'an object stands where a folder is needed, or the reverse'],
  ObjectLockConfigurationNotFoundError: [
    'precondition',
    'make the bucket with object lock, or take objectLock out of the target',
  ],
  InvalidRange: ['corrupt', 'verify the set; the object is shorter than it was'],
  BadDigest: altered,
  InvalidDigest: altered,
  XAmzContentSHA256Mismatch: altered,
  XAmzContentChecksumMismatch: altered,
  IncompleteBody: altered,
  RequestTimeout: ['unavailable', 'see the log of the store'],
};

/** The error that an operation's failure means. What is one already comes back as it is. */
export function s3Error(endpoint: string, error: unknown): unknown {
  if (error instanceof BackupError) return error;
  const { name = '', message = '', code, $metadata, $response } = (error ?? {}) as Answered;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return withoutAnswer(endpoint, error, code ?? name);
  const [kind, hint] = meanings[name] ?? meaningOfStatus(status);
  const said = message === '' || message === name ? name : `${name} (${oneLine(message)})`;
  const seconds = Number($response?.headers?.['retry-after']);
  return new BackupError(kind, `${endpoint} answered ${status} ${said}`, {
    hint,
    status,
    code: name,
    ...(kind === 'unavailable' && seconds > 0 && { retryAfterMs: Math.min(seconds, 600) * 1000 }),
  });
}

/** True for the answers that there is no such object; that there is no such bucket is another one. */
export function isAbsentObject(error: unknown): boolean {
  if (!(error instanceof BackupError)) return false;
  const { status, code } = error.context;
  return status === 404 && code !== 'NoSuchBucket' && code !== 'NoSuchUpload';
}

/** True for the answer that an upload is not open: it was aborted or completed. */
export function isNoUpload(error: unknown): boolean {
  return error instanceof BackupError && error.context['code'] === 'NoSuchUpload';
}

function meaningOfStatus(status: number): Meaning {
  if (status === 401 || status === 403) return meanings['AccessDenied']!;
  if (status === 409 || status === 412) return ['conflict', 'see which other run or worker writes to this place'];
  if (status === 507) return full;
  if (status >= 500 || status === 408 || status === 429 || status === 200)
    return [
      'unavailable',
      'the store is busy, not well, or out of room: see its log and the quota of the bucket; it is tried again',
    ];
  if (status >= 300 && status < 400) return elsewhere;
  return ['precondition', 'the store does not take what cairn asks of it; see docs/targets.md for what it must offer'];
}

function withoutAnswer(endpoint: string, error: unknown, code: string): BackupError {
  const why = code === 'Error' || code === '' ? oneLine(messageOf(error)) : code;
  // Of some errors the SDK passes on the words only.
  if (isDistrust(codeOf(error)) || /certificate/.test(why))
    return new BackupError(foreign[0], `${endpoint} is not believed: ${why}`, { hint: foreign[1], code });
  return new BackupError('unavailable', `no answer from ${endpoint}: ${why}`, {
    code,
    hint: 'see that the store runs and that the worker reaches it',
  });
}

function oneLine(text: string): string {
  return (text.split(/[\r\n]/, 1)[0] ?? '').slice(0, 300).trim();
}
