import { z } from 'zod';
import { BackupError, type ErrorKind } from '../model/errors';
import { type Answer, kindOfStatus, refusal } from './http';

/** The error that a WebHDFS answer means; the context keeps the exception's class. Reads the body. */
export async function webHdfsError(answer: Answer): Promise<BackupError> {
  const text = await answer.text().catch(() => '');
  const remote = remoteException(text);
  if (remote === undefined) return refusal(answer, kindOfStatus(answer.status), answer.reason || text);
  const { exception, javaClassName, message } = remote;
  const kind = kindOfException(exception, message) ?? kindOfStatus(answer.status);
  const what = `HDFS answered ${exception}: ${message.split('\n', 1)[0]!.slice(0, 1000)}`;
  return new BackupError(kind, what, { status: answer.status, exception, javaClassName, place: answer.place });
}

/** True when the NameNode that answered is not the active one. */
export function isStandby(error: unknown): boolean {
  return error instanceof BackupError && error.context['exception'] === 'StandbyException';
}

const schema = z.object({
  RemoteException: z.object({
    exception: z.string(),
    javaClassName: z.string().default(''),
    message: z
      .string()
      .nullish()
      .transform((message) => message ?? ''),
  }),
});

function remoteException(text: string) {
  try {
    return schema.parse(JSON.parse(text)).RemoteException;
  } catch {
    return undefined;
  }
}

const kinds: { readonly [exception: string]: ErrorKind } = {
  FileNotFoundException: 'missing',
  AccessControlException: 'denied',
  SecurityException: 'denied',
  AuthenticationException: 'denied',
  InvalidToken: 'denied',
  FileAlreadyExistsException: 'conflict',
  AlreadyBeingCreatedException: 'conflict',
  PathIsNotEmptyDirectoryException: 'conflict',
  LeaseExpiredException: 'conflict',
  ParentNotDirectoryException: 'conflict',
  PathIsNotDirectoryException: 'conflict',
  DSQuotaExceededException: 'full',
  NSQuotaExceededException: 'full',
  QuotaExceededException: 'full',
  MaxDirectoryItemsExceededException: 'full',
  PathComponentTooLongException: 'invalid',
  IllegalArgumentException: 'invalid',
  InvalidPathException: 'invalid',
  HadoopIllegalArgumentException: 'invalid',
  UnsupportedOperationException: 'unsupported',
  StandbyException: 'unavailable',
  RetriableException: 'unavailable',
  SafeModeException: 'unavailable',
  RemoteException: 'unavailable',
  // What a DataNode says that has lost its NameNode, while another one becomes the active one.
  ConnectException: 'unavailable',
  ConnectTimeoutException: 'unavailable',
  EOFException: 'unavailable',
  NoRouteToHostException: 'unavailable',
  SocketException: 'unavailable',
  SocketTimeoutException: 'unavailable',
  UnknownHostException: 'unavailable',
};

function kindOfException(exception: string, message: string): ErrorKind | undefined {
  const saying = sayings[exception]?.find(([pattern]) => pattern.test(message));
  if (saying !== undefined) return saying[1];
  return Object.hasOwn(kinds, exception) ? kinds[exception] : undefined;
}

/** Exceptions that mean several things, told apart by their words. */
const sayings: { readonly [exception: string]: readonly (readonly [RegExp, ErrorKind])[] } = {
  IOException: [
    [/is non empty|is not empty|already exists|is a directory|must both be/i, 'conflict'],
    [/no matching attributes/i, 'missing'],
    [/./s, 'unavailable'],
  ],
  SnapshotException: [
    [/not a snapshottable directory|neither snapshottable nor/i, 'precondition'],
    [/the snapshot does not exist|does not exist for directory|cannot find the snapshot/i, 'missing'],
    [/snapshot quota|snapshot limit/i, 'full'],
    [/./s, 'conflict'],
  ],
  // An operation that this version of HDFS does not know yet.
  IllegalArgumentException: [[/webhdfs parameter "op"/i, 'unsupported']],
  AclException: [
    [/has been disabled/i, 'unsupported'],
    [/./s, 'invalid'],
  ],
};
