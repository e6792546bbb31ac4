import { DefaultLogger, type LogEntry, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/** What Temporal's SDK says of itself that tells an operator nothing. */
const chatter = /^(Worker state changed|No (Nexus services|workflows|activities) registered|Workflow bundle created)/;

/** A line for each event: time, level, message, facts. Goes to standard error, so that output stays output. */
function print({ level, message, timestampNanos, meta }: LogEntry): void {
  if (chatter.test(message)) return;
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const { error, sdkComponent: _component, taskQueue: _queue, ...facts } = (meta ?? {}) as Record<string, unknown>;
  const cause = error instanceof Error ? ` (${error.message})` : '';
  const text =
    Object.keys(facts).length === 0
      ? ''
      : ` ${JSON.stringify(facts, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`;
  process.stderr.write(`${time} ${level} ${message}${cause}${text}\n`);
}

export const log = new DefaultLogger((process.env['CAIRN_LOG'] ?? 'INFO') as 'INFO', print);

let installed = false;

/** Makes Temporal's own messages go the same way. Once in the life of a process, before anything else of Temporal's. */
export function installRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: log,
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
    },
  });
}
