import { BackupError } from '../model/errors';

/** Throws `cancelled` once the signal is aborted; steps ask between two chunks. */
export function mustGoOn(signal: AbortSignal): void {
  if (signal.aborted) throw new BackupError('cancelled', 'the step was stopped', {}, { cause: signal.reason });
}
