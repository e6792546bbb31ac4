import { BackupError, type ErrorKind } from '../model/errors';

/** What is known about a DistCp that failed. */
export interface DistCpEnd {
  /** Of the driver; null when it was killed, undefined when there was none to watch. */
  readonly exitCode?: number | null;
  /** The last lines of its output, or what Yarn says about its job. */
  readonly said: readonly string[];
  /** `application_…` */
  readonly job?: string;
  /** The source, which may be what is missing. */
  readonly from: string;
}

/**
 * The error of a DistCp that failed. Whatever happened, DistCp ends with the same code: the cause is found in what it said,
 * and its message is kept without class names and traces.
 */
export function failureOf(end: DistCpEnd): BackupError {
  const causes = causesIn(end.said);
  const known = causes.flatMap((cause) => {
    const meaning = sayings.find(({ pattern }) => pattern.test(cause.text));
    return meaning === undefined ? [] : [{ cause, meaning }];
  });
  // The last one is the innermost of the last failure.
  const found = known.at(-1);
  const kind = found === undefined ? kindOfExit(end.exitCode) : kindOf(found.meaning, found.cause, end.from);
  const why = found?.cause ?? causes.findLast(({ text }) => !wrapping.test(text)) ?? causes.at(-1);
  const what = `${end.job === undefined ? 'distcp' : `distcp (${end.job})`} failed: ${why?.message ?? lastWords(end)}`;
  const hint = found?.meaning.hint ?? hintOfExit(end.exitCode);
  return new BackupError(kind, what, {
    ...(hint === undefined ? {} : { hint }),
    ...(end.exitCode === undefined ? {} : { exitCode: end.exitCode }),
    ...(end.job === undefined ? {} : { job: end.job }),
    ...(found?.meaning.isInTheWay === true ? { inTheWay: true } : {}),
    ...(known.some(({ meaning }) => meaning.needsWhole === true) ? { needsWhole: true } : {}),
  });
}

/** True when a file stands where a directory belongs, or the other way round: DistCp replaces neither by the other. */
export function isInTheWay(error: unknown): boolean {
  return error instanceof BackupError && error.context['inTheWay'] === true;
}

/** True when DistCp could not copy what changed only: the target is not as it was, or a snapshot is gone. */
export function needsWhole(error: unknown): boolean {
  return error instanceof BackupError && error.context['needsWhole'] === true;
}

interface Meaning {
  readonly pattern: RegExp;
  readonly kind: ErrorKind;
  readonly hint?: string;
  readonly isInTheWay?: true;
  readonly needsWhole?: true;
}

/** Tried on `<exception's class>: <message>`; the first one counts. */
const sayings: readonly Meaning[] = [
  { pattern: /DistCp sync failed/, kind: 'conflict', needsWhole: true },
  {
    // Which of these comes depends on what DistCp copies first: what has the name, or something below it.
    pattern: /Can't replace .* Target is (dir|file), Source is|not a directory|ParentNotDirectory|FileAlreadyExists/,
    kind: 'conflict',
    isInTheWay: true,
  },
  {
    pattern: /AclsNotSupported|ACLs not supported|ACLs has been disabled|AclException/,
    kind: 'precondition',
    hint: 'both HDFS need ACLs: dfs.namenode.acls.enabled in hdfs-site.xml of their NameNodes',
  },
  {
    pattern: /XAttrsNotSupported|XAttrs not supported|XAttrs has been disabled/i,
    kind: 'precondition',
    hint: 'both HDFS need xattrs: dfs.namenode.xattrs.enabled in hdfs-site.xml of their NameNodes',
  },
  { pattern: /DuplicateFileException/, kind: 'precondition' },
  { pattern: /does not have permission to submit|cannot submit applications to queue/i, kind: 'denied' },
  {
    pattern:
      /queue.*(unknown|non-existent|not exist|doesn't exist|not a leaf|STOPPED|DRAINING|cannot accept)|(unknown|invalid) queue/i,
    kind: 'precondition',
    hint: 'choose a queue of Yarn that runs and takes applications',
  },
  {
    pattern: /AccessControlException|Permission denied|not a super ?user|Superuser privilege|AuthorizationException/i,
    kind: 'denied',
    hint: "cairn's user must be able to read the source and, as a superuser of the target's HDFS, to give files their owners",
  },
  { pattern: /QuotaExceededException/, kind: 'full', hint: 'raise the quota of the target, or remove sets there' },
  { pattern: /No space left|could only be .*and no node\(s\) are excluded/, kind: 'full' },
  { pattern: /InvalidInputException: .* doesn't exist|FileNotFoundException/, kind: 'missing' },
  {
    pattern: /UnknownHostException: [\w-]+$/,
    kind: 'precondition',
    hint: 'let the hdfs-site.xml of the `hadoop` command know the NameServices of both sides',
  },
  { pattern: /JAVA_HOME|ClassNotFoundException|NoClassDefFoundError|main class/, kind: 'precondition' },
  {
    pattern: /Checksum mismatch|Mismatch in length/i,
    kind: 'corrupt',
    hint: 'files that are erasure coded on one side only, or were joined of odd pieces (concat), have no checksum in common: keep both sides alike',
  },
  { pattern: /SafeModeException|safe mode/i, kind: 'unavailable', hint: 'wait until HDFS left safe mode' },
  { pattern: /ConnectException|Timeout|NoRouteToHost|UnknownHost|StandbyException|could only be/, kind: 'unavailable' },
];

/** Of files that are missing only the source's are the caller's mistake; others went while something restarted. */
function kindOf(meaning: Meaning, { text }: Cause, from: string): ErrorKind {
  return meaning.kind === 'missing' && !text.includes(from.replace(/^\w+:\/\/[^/]*/, ''))
    ? 'unavailable'
    : meaning.kind;
}

function kindOfExit(exitCode: number | null | undefined): ErrorKind {
  return exitCode === 126 || exitCode === 127 ? 'precondition' : 'unavailable';
}

function hintOfExit(exitCode: number | null | undefined): string | undefined {
  if (kindOfExit(exitCode) !== 'precondition') return undefined;
  return "name the path of the cluster's `hadoop` command in cairn.yaml";
}

/** What only says that something below it failed. */
const wrapping = /DistCp failure: Job|Couldn't run retriable-command|File copy failed: |mkdir failed for/;

interface Cause {
  /** With the exception's class. */
  readonly text: string;
  readonly message: string;
}

/** What was thrown, in the order of the lines; of exceptions in one line the innermost one. */
function causesIn(lines: readonly string[]): Cause[] {
  return lines.flatMap((line) => {
    let exception = '';
    let rest = line
      .replace(/^[\d-]+ [\d:,.]+ \w+ [\w$.]+: |^\d\d\/\d\d\/\d\d [\d:]+ \w+ [\w$.]+: /, '')
      .replace(/^(Caused by|Error): /, '');
    for (let next = nextException(rest); next !== undefined; next = nextException(rest)) {
      exception = next.exception;
      rest = next.rest;
    }
    if (exception === '') return [];
    const message = rest
      .replace(/; For more details see:.*$/, '')
      .replace(/(?:[a-z][\w$]*\.)+[\w$]+(?:Exception|Error): /g, '')
      .slice(0, 1000);
    return [{ text: `${exception}: ${message}`, message: message === '' ? exception : message }];
  });
}

function nextException(text: string): { exception: string; rest: string } | undefined {
  const found = /^(?:[\w$]+\.)+([\w$]+)(?:\((?:[\w$]+\.)*([\w$]+)\))?(?:: (.*))?$/s.exec(text);
  const exception = found?.[2] ?? found?.[1];
  if (exception === undefined || !/(Exception|Error|QuotaExceeded)$/.test(exception)) return undefined;
  return { exception: exception.replace(/^.*\$/, ''), rest: found?.[3] ?? '' };
}

function lastWords({ exitCode, said }: DistCpEnd): string {
  const line = said.findLast((one) => one.trim() !== '' && !/^\s+at |^\s+\.\.\. \d+ more/.test(one))?.trim();
  const how = exitCode === undefined ? '' : exitCode === null ? 'its driver was killed' : `exit code ${exitCode}`;
  return (
    [how, line?.slice(0, 500)].filter((part) => part !== undefined && part !== '').join(': ') || 'no reason was given'
  );
}
